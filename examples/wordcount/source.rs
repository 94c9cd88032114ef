//! Which files are counted: one rule for the pipeline and for the serial count.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// For the progress bar only: the file may grow before it is read.
    pub(crate) bytes: u64,
}

/// A file or directory that is not counted.
#[derive(Debug)]
pub(crate) struct Skipped {
    pub(crate) path: PathBuf,
    pub(crate) reason: Reason,
    pub(crate) bytes: u64,
}

#[derive(Debug)]
pub(crate) enum Reason {
    Unreadable(String),
    NotUtf8,
}

/// Every regular file under the roots, except in directories named `target` and `.git`.
pub(crate) fn files(roots: &[PathBuf]) -> impl Iterator<Item = Result<File, Skipped>> {
    roots
        .iter()
        .flat_map(|root| WalkDir::new(root).into_iter().filter_entry(wanted))
        .filter(|entry| !matches!(entry, Ok(entry) if !entry.file_type().is_file()))
        .map(|entry| {
            let entry = entry.map_err(|error| unreadable_entry(&error))?;
            let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
            Ok(File {
                path: entry.into_path(),
                bytes,
            })
        })
}

/// A root is wanted whatever its name.
fn wanted(entry: &DirEntry) -> bool {
    let skipped = entry.file_name() == "target" || entry.file_name() == ".git";
    entry.depth() == 0 || !(skipped && entry.file_type().is_dir())
}

fn unreadable_entry(error: &walkdir::Error) -> Skipped {
    let path = error.path().unwrap_or(Path::new("?")).to_owned();
    let reason = error
        .io_error()
        .map_or_else(|| error.to_string(), ToString::to_string);
    Skipped {
        path,
        reason: Reason::Unreadable(reason),
        bytes: 0,
    }
}

/// The whole file as text. It is validated before a word of it is counted, so that a file counts
/// either whole or not at all.
pub(crate) fn read(path: PathBuf) -> Result<String, Skipped> {
    match fs::read(&path) {
        Err(error) => Err(Skipped {
            path,
            reason: Reason::Unreadable(error.to_string()),
            bytes: 0,
        }),
        Ok(contents) => String::from_utf8(contents).map_err(|error| {
            let bytes = error.as_bytes().len() as u64;
            Skipped {
                path,
                reason: Reason::NotUtf8,
                bytes,
            }
        }),
    }
}
