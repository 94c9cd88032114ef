//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: wordcount [DIR..]

Counts the words of every readable UTF-8 file under the directories (default: this repository).
Directories named `target` and `.git` are skipped, symbolic links are not followed.

exit status: 0 the serial count agrees, 1 it does not, 2 bad arguments, 130 ended by Ctrl-C
";

#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    Count(Vec<PathBuf>),
    Help,
}

/// Parses the arguments after the program's name; the error is ready to be shown.
pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Request, String> {
    let mut roots = Vec::new();
    let mut options = true;
    for arg in args {
        match arg.to_str() {
            Some("--") if options => options = false,
            Some("-h" | "--help") if options => return Ok(Request::Help),
            Some(flag) if options && flag.starts_with('-') => {
                return Err(format!("unknown option `{flag}`"));
            }
            _ => roots.push(existing(PathBuf::from(arg))?),
        }
    }
    if roots.is_empty() {
        roots.push(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    }
    Ok(Request::Count(roots))
}

/// A mistyped name is the caller's error, unlike a file that turns out unreadable on the way.
fn existing(root: PathBuf) -> Result<PathBuf, String> {
    match root.metadata() {
        Ok(_) => Ok(root),
        Err(error) => Err(format!("cannot open `{}`: {error}", root.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_all(args: &[&str]) -> Result<Request, String> {
        parse(args.iter().map(OsString::from))
    }

    #[test]
    fn the_default_is_this_repository() {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(parse_all(&[]), Ok(Request::Count(vec![here])));
    }

    #[test]
    fn unknown_options_and_missing_directories_are_errors() {
        assert!(parse_all(&["--fast"]).unwrap_err().contains("--fast"));
        assert!(
            parse_all(&["no/such/dir"])
                .unwrap_err()
                .contains("no/such/dir")
        );
        assert!(parse_all(&["--", "--help"]).unwrap_err().contains("--help"));
    }

    #[test]
    fn help_wins() {
        assert_eq!(parse_all(&[".", "-h"]), Ok(Request::Help));
    }
}
