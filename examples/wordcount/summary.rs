//! What a count found, in parts that merge.

use std::collections::HashMap;

use crate::source::{Reason, Skipped};
use crate::text;

/// How many skipped files are told by name.
const EXAMPLES: usize = 5;

#[derive(Default)]
pub(crate) struct Summary {
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    pub(crate) tally: Tally,
    pub(crate) unreadable: usize,
    pub(crate) not_utf8: usize,
    /// The first few that were skipped, in the order of their names.
    pub(crate) examples: Vec<Skipped>,
}

impl Summary {
    pub(crate) fn add_file(&mut self, bytes: usize) {
        self.files += 1;
        self.bytes += bytes as u64;
    }

    pub(crate) fn skip(&mut self, skipped: Skipped) {
        match skipped.reason {
            Reason::Unreadable(_) => self.unreadable += 1,
            Reason::NotUtf8 => self.not_utf8 += 1,
        }
        self.add_example(skipped);
    }

    pub(crate) fn merge(&mut self, part: Summary) {
        self.files += part.files;
        self.bytes += part.bytes;
        self.unreadable += part.unreadable;
        self.not_utf8 += part.not_utf8;
        self.tally.merge(part.tally);
        part.examples
            .into_iter()
            .for_each(|skipped| self.add_example(skipped));
    }

    fn add_example(&mut self, skipped: Skipped) {
        let at = self
            .examples
            .partition_point(|other| other.path <= skipped.path);
        self.examples.insert(at, skipped);
        self.examples.truncate(EXAMPLES);
    }

    /// The first thing that is not equal, for the reader.
    pub(crate) fn difference(&self, serial: &Summary) -> Option<String> {
        let pairs = [
            ("files", self.files as u64, serial.files as u64),
            ("bytes", self.bytes, serial.bytes),
            (
                "unreadable files",
                self.unreadable as u64,
                serial.unreadable as u64,
            ),
            (
                "non-UTF-8 files",
                self.not_utf8 as u64,
                serial.not_utf8 as u64,
            ),
            ("words", self.tally.total(), serial.tally.total()),
        ];
        let differs = pairs.into_iter().find(|(_, ours, theirs)| ours != theirs);
        differs
            .map(|(what, ours, theirs)| format!("{ours} {what}, but {theirs} serially"))
            .or_else(|| {
                let word = self.tally.differing_word(&serial.tally)?;
                Some(format!("the counts of `{word}` differ"))
            })
    }
}

/// How often each word occurs, in lower case.
#[derive(Default)]
pub(crate) struct Tally {
    counts: HashMap<String, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, text: &str) {
        let mut lower = String::new();
        for word in text::words(text) {
            lower.clear();
            if word.is_ascii() {
                lower.push_str(word);
                lower.make_ascii_lowercase();
            } else {
                lower.push_str(&word.to_lowercase());
            }
            match self.counts.get_mut(&lower) {
                Some(count) => *count += 1,
                None => _ = self.counts.insert(lower.clone(), 1),
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Tally) {
        if self.counts.is_empty() {
            return *self = other;
        }
        for (word, count) in other.counts {
            *self.counts.entry(word).or_default() += count;
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    pub(crate) fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// The most frequent words; equally frequent ones in the order of the alphabet.
    pub(crate) fn top(&self, limit: usize) -> Vec<(&str, u64)> {
        let mut words: Vec<_> = self
            .counts
            .iter()
            .map(|(word, &n)| (word.as_str(), n))
            .collect();
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words.truncate(limit);
        words
    }

    fn differing_word<'a>(&'a self, other: &'a Tally) -> Option<&'a str> {
        let mut words = self.counts.keys().chain(other.counts.keys());
        words
            .find(|&word| self.counts.get(word) != other.counts.get(word))
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(text: &str) -> Summary {
        let mut summary = Summary::default();
        summary.add_file(text.len());
        summary.tally.add(text);
        summary
    }

    #[test]
    fn parts_merge_to_the_whole() {
        let mut merged = summary("The tow");
        merged.merge(summary("the path"));
        assert_eq!(merged.tally.top(2), [("the", 2), ("path", 1)]);
        assert_eq!(
            (merged.files, merged.bytes, merged.tally.total()),
            (2, 15, 4)
        );
    }

    #[test]
    fn a_difference_is_found() {
        assert_eq!(summary("a b").difference(&summary("b A")), None);
        assert!(
            summary("a b")
                .difference(&summary("a b c"))
                .unwrap()
                .contains("bytes")
        );
        assert!(
            summary("a b")
                .difference(&summary("a--"))
                .unwrap()
                .contains("words")
        );
        assert!(
            summary("a b")
                .difference(&summary("a c"))
                .unwrap()
                .contains("differ")
        );
    }
}
