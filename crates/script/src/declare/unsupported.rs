//! What the language has and this version does not compute yet. It is named,
//! never ignored.

use goalpost_core::diagnostic::Code;
use rhai::{Dynamic, Engine, NativeCallContext};

use crate::host::{Call, Fallible, raise};

const NAMES: [&str; 4] = ["waive", "met", "at_risk", "missed"];

pub(super) fn register(engine: &mut Engine) {
    for name in NAMES {
        let refuse = move |context: &NativeCallContext| -> Fallible<Dynamic> {
            let call = Call::of(context);
            Err(raise(
                call.error(Code::Unsupported, format!("`{name}` is not supported yet"))
                    .help("leave the statement out until it is"),
            ))
        };
        engine.register_fn(name, move |c: NativeCallContext| refuse(&c));
        engine.register_fn(name, move |c: NativeCallContext, _: Dynamic| refuse(&c));
        engine.register_fn(name, move |c: NativeCallContext, _: Dynamic, _: Dynamic| refuse(&c));
        engine.register_fn(name, move |c: NativeCallContext, _: Dynamic, _: Dynamic, _: Dynamic| refuse(&c));
        engine.register_fn(
            name,
            move |c: NativeCallContext, _: Dynamic, _: Dynamic, _: Dynamic, _: Dynamic| refuse(&c),
        );
    }
}
