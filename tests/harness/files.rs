//! The project of a page, written to a folder of its own.

use std::io::Write;
use std::path::{Component, Path};

use base64::Engine;

use super::console::Place;
use super::page::File;

/// An empty folder for a project, whatever was there before.
pub(crate) fn begin(place: &Place) -> Result<(), String> {
    if place.project.exists() {
        std::fs::remove_dir_all(&place.project).map_err(|error| format!("1: {error}"))?;
    }
    std::fs::create_dir_all(&place.project).map_err(|error| format!("1: {error}"))
}

/// Copies a folder of the repository into the project.
pub(crate) fn set_up(root: &Path, setup: &str, place: &Place) -> Result<(), String> {
    copy(&root.join(setup), &place.project).map_err(|error| format!("setup={setup}: {error}"))
}

/// Writes a file of a page, in place of one that is there.
pub(crate) fn write(file: &File, place: &Place) -> Result<(), String> {
    let problem = |error: String| format!("{}: {}: {error}", file.line, file.path);
    let relative = Path::new(&file.path);
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(problem("a path inside of the project, please".to_owned()));
    }
    let path = place.project.join(relative);
    let bytes = bytes(file, place).map_err(problem)?;
    path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|error| problem(error.to_string()))?;
    // Writing would follow a link, and a link needs a free place.
    if path.is_symlink() || path.exists() {
        std::fs::remove_file(&path).map_err(|error| problem(error.to_string()))?;
    }
    if file.treatments.iter().any(|treatment| treatment == "link") {
        return link(String::from_utf8_lossy(&bytes).trim(), &path)
            .map_err(|error| problem(error.to_string()));
    }
    std::fs::write(&path, bytes).map_err(|error| problem(error.to_string()))
}

/// The bytes of a file after all its treatments.
fn bytes(file: &File, place: &Place) -> Result<Vec<u8>, String> {
    let mut text = file.text.clone();
    if let Some(shared) = &place.shared {
        text = text.replace("[SHARED]", &shared.to_string_lossy());
    }
    let mut bytes = text.into_bytes();
    for treatment in &file.treatments {
        bytes = treated(bytes, treatment)?;
    }
    Ok(bytes)
}

fn treated(bytes: Vec<u8>, treatment: &str) -> Result<Vec<u8>, String> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| format!("`{treatment}` needs a text"));
    Ok(match treatment {
        "link" => bytes,
        "crlf" => text(bytes)?.replace('\n', "\r\n").into_bytes(),
        "bom" => [b"\xef\xbb\xbf".as_slice(), &bytes].concat(),
        "no-newline" => bytes.strip_suffix(b"\n").map(<[u8]>::to_vec).unwrap_or(bytes),
        "escapes" => unescaped(&text(bytes)?)?,
        "base64" => {
            let packed: String = text(bytes)?.split_whitespace().collect();
            base64::prelude::BASE64_STANDARD.decode(packed).map_err(|error| error.to_string())?
        }
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())?
        }
        "utf-16le" => text(bytes)?.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text(bytes)?.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        label => {
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes())
                .ok_or_else(|| format!("`{label}` is no treatment that README.md lists"))?;
            let text = text(bytes)?;
            let (bytes, _, unmappable) = encoding.encode(&text);
            if unmappable {
                return Err(format!("not every character exists in {label}"));
            }
            bytes.into_owned()
        }
    })
}

/// `\n`, `\r`, `\t`, `\0`, `\\` and `\xNN` as the bytes they stand for.
fn unescaped(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'0') => 0,
            Some(b'\\') => b'\\',
            Some(b'x') => {
                let digits =
                    [rest.next(), rest.next()].into_iter().flatten().map(char::from).collect::<String>();
                u8::from_str_radix(&digits, 16).map_err(|_| format!("`\\x{digits}` is no byte"))?
            }
            other => return Err(format!("`\\{}` is no escape", other.map_or(' ', char::from))),
        });
    }
    Ok(bytes)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == ".goalpost" {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(target: &str, path: &Path) -> std::io::Result<()> {
    std::fs::write(path, target)
}
