//! The Rhai engine of a load: the language, the limits, and nothing of Rhai's
//! own library that could surprise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rhai::packages::{
    BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicStringPackage, MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, EvalAltResult, EvalContext, OptimizationLevel, Position, VarDefInfo};

use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::Step;

use crate::host::{Fallible, Host, known, raise};
use crate::import::LayerFiles;
use crate::surface::plain_table;
use crate::value::{Metrics, PeriodOfRun};
use crate::{declare, function, judgement, limits, surface};

/// Words of Rhai that scripts do not have: they would run code from texts,
/// print, hide errors, or take a column for something that has a value.
const OFF: [&str; 6] = ["eval", "print", "debug", "switch", "try", "Fn"];

/// After how many looks at variables their size is taken.
const LOOKS: u32 = 64;

/// The engine of a load.
pub(crate) fn engine(host: &Arc<Host>) -> Engine {
    let mut engine = Engine::new_raw();
    // Rhai's packages of core, arithmetic, logic and maths are left out: they
    // can sleep, keep whole numbers apart from decimals, and give every value
    // a `tag`, which would hide a column of that name.
    for module in [
        BasicArrayPackage::new().as_shared_module(),
        BasicMapPackage::new().as_shared_module(),
        BasicStringPackage::new().as_shared_module(),
        MoreStringPackage::new().as_shared_module(),
        BasicIteratorPackage::new().as_shared_module(),
    ] {
        engine.register_global_module(module);
    }
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_strict_variables(true)
        .set_allow_shadowing(false)
        .set_fail_on_invalid_map_property(true)
        .set_default_tag(Dynamic::from(Arc::clone(host)));
    for word in OFF {
        engine.disable_symbol(word);
    }
    limits::apply(&host.limits, &mut engine);
    let watch = Arc::clone(host);
    engine.on_progress(move |operations| (operations % 256 == 0 && watch.is_late()).then_some(Dynamic::UNIT));
    engine.set_module_resolver(LayerFiles::new(Arc::clone(host)));
    engine.register_type_with_name::<Step>("duration");
    give_names(&mut engine, host);
    surface::register(&mut engine);
    function::register(&mut engine);
    judgement::register(&mut engine);
    declare::register(&mut engine);
    engine
}

/// Tables and the like are names everywhere, in functions too, unless a
/// variable of the script has the name.
#[expect(deprecated, reason = "Rhai calls these hooks volatile, and has no others")]
fn give_names(engine: &mut Engine, host: &Arc<Host>) {
    let names = Arc::clone(host);
    let looks = AtomicU32::new(0);
    engine.on_var(move |name: &str, index: usize, context: EvalContext| -> Fallible<Option<Dynamic>> {
        if looks.fetch_add(1, Ordering::Relaxed) % LOOKS == LOOKS - 1
            && limits::holds_too_much(&names.limits, context.scope())
        {
            let most = names.limits.held_text >> 20;
            let message = format!("the variables hold more than {most} MiB of text");
            return Err(raise(Diagnostic::error(Code::ScriptLimit, message).help(
                "scripts declare metrics; the engine looks at the rows. Does a map or list grow without end?",
            )));
        }
        if names.state().broken.contains(name) {
            return Err(known());
        }
        if index > 0 {
            return Ok(None);
        }
        Ok(match name {
            "period" => Some(Dynamic::from(PeriodOfRun)),
            "metrics" => Some(Dynamic::from(Metrics)),
            _ => names.tables.get(name).map(|table| Dynamic::from(plain_table(table))),
        })
    });
    let tables = Arc::clone(host);
    engine.on_def_var(move |_: bool, info: VarDefInfo, _: EvalContext| -> Fallible<bool> {
        let name = info.name();
        let is_own =
            matches!(name, "metrics" | "period") || tables.tables.contains(name) && tables.reserves_tables();
        if is_own {
            let problem = EvalAltResult::ErrorForbiddenVariable(name.to_owned(), Position::NONE);
            return Err(Box::new(problem));
        }
        Ok(true)
    });
}
