//! Mistakes in a select, mostly: the error is on the line of the arm, and says what was expected there.
//!
//! Each file in `compile_fail/` is a program. A line with a mistake ends in `//~ TEXT`: there must be
//! an error on it, and the error must contain the text. (Or another error says so, which stands at the
//! start of the select: a declarative macro has no other place for words of its own.) There must be
//! none on other lines, so that a program without marks has to compile.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One error as the compiler shows it.
struct Error {
    file: OsString,
    line: usize,
    text: String,
}

impl Error {
    /// What the compiler says, without the source that it quotes.
    fn words(&self) -> impl Iterator<Item = &str> {
        let quotes = |line: &&str| line.starts_with(|first: char| first.is_ascii_digit());
        let lines = self.text.lines();
        lines.filter(move |line| !quotes(&line.trim_start()))
    }
}

fn programs() -> BTreeMap<OsString, PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    let files = fs::read_dir(folder).expect("the programs are there");
    let paths = files.map(|file| file.expect("readable").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|is| is == "rs"));
    paths
        .map(|path| (path.file_name().expect("a file").to_owned(), path))
        .collect()
}

/// Writes a package with all programs, and compiles it with the library's own dependencies.
fn compile(programs: &BTreeMap<OsString, PathBuf>) -> String {
    let library = Path::new(env!("CARGO_MANIFEST_DIR"));
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    let mut manifest = format!(
        "[package]\nname = \"compile-fail\"\nedition = \"2024\"\n\
         [workspace]\n[dependencies]\ntowpath.path = {library:?}\n"
    );
    for (name, path) in programs {
        let name = Path::new(name).file_stem().expect("a name");
        write!(manifest, "[[bin]]\nname = {name:?}\npath = {path:?}\n").expect("writes to memory");
    }
    fs::create_dir_all(&room).expect("a folder");
    fs::write(room.join("Cargo.toml"), manifest).expect("a manifest");
    fs::copy(library.join("Cargo.lock"), room.join("Cargo.lock")).expect("a lock file");
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--keep-going", "--color=never"])
        .env("CARGO_TARGET_DIR", room.join("target"))
        .env_remove("RUSTFLAGS")
        .current_dir(&room)
        .output()
        .expect("cargo runs");
    String::from_utf8(output.stderr).expect("text")
}

/// The errors in what cargo says; the first `-->` of each is where it points.
fn errors(output: &str) -> Vec<Error> {
    let mut errors = Vec::new();
    for block in output.split("\n\n").map(str::trim) {
        let starts = |line: &str| {
            (line.starts_with("error: ") || line.starts_with("error["))
                && !line.contains("could not compile")
        };
        let Some(start) = block.lines().position(starts) else {
            continue;
        };
        let text: Vec<&str> = block.lines().skip(start).collect();
        let place = text
            .iter()
            .find_map(|line| line.trim().strip_prefix("--> "));
        let Some((path, line)) = place.and_then(|place| place.rsplit_once(':')?.0.rsplit_once(':'))
        else {
            continue;
        };
        errors.push(Error {
            file: Path::new(path).file_name().expect("a file").to_owned(),
            line: line.parse().expect("a line number"),
            text: text.join("\n"),
        });
    }
    errors
}

/// What is wrong with the errors of one program; empty if all is as it is marked.
fn complaints(name: &OsString, source: &str, errors: &[Error]) -> String {
    let mut complaints = String::new();
    let mut start = 0;
    for (line, text) in (1..).zip(source.lines()) {
        let here: Vec<&Error> = errors.iter().filter(|error| error.line == line).collect();
        if text.ends_with("! {") {
            start = line;
        } else if let Some((_, expected)) = text.split_once("//~") {
            let expected = expected.trim();
            if here.is_empty() {
                let _ = writeln!(complaints, "{name:?}:{line}: no error points here");
            }
            let near = |error: &&Error| error.line == line || error.line == start;
            let mut near = errors.iter().filter(near);
            if !near.any(|error| error.words().any(|word| word.contains(expected))) {
                let _ = writeln!(complaints, "{name:?}:{line}: no error says {expected:?}");
            }
        } else if !here.is_empty() {
            let _ = writeln!(complaints, "{name:?}:{line}: not expected here");
        }
    }
    let marked = source.contains("//~");
    if !marked && !errors.is_empty() {
        let _ = writeln!(complaints, "{name:?}: has to compile");
    }
    if !complaints.is_empty() {
        errors
            .iter()
            .for_each(|error| complaints += &format!("{}\n", error.text));
    }
    complaints
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let programs = programs();
    let output = compile(&programs);
    let errors = errors(&output);
    let mut all = String::new();
    for (name, path) in &programs {
        let source = fs::read_to_string(path).expect("readable");
        let own: Vec<_> = errors
            .iter()
            .filter(|error| error.file == *name)
            .map(|error| Error {
                file: error.file.clone(),
                line: error.line,
                text: error.text.clone(),
            })
            .collect();
        all += &complaints(name, &source, &own);
    }
    assert!(all.is_empty(), "{all}");
    let known = |error: &&Error| !programs.contains_key(&error.file);
    let strange = errors.iter().find(known);
    assert!(strange.is_none(), "an error elsewhere:\n{output}");
    assert!(
        output.contains("could not compile"),
        "nothing was compiled:\n{output}"
    );
}
