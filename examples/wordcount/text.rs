//! Text into chunks, chunks into words.

use std::ops::Range;
use std::sync::Arc;

/// Large enough that a channel operation is lost in the counting, small enough that one big file
/// keeps every counter busy.
const CHUNK: usize = 64 * 1024;

/// A part of a file that begins and ends between two words.
pub(crate) struct Chunk {
    file: Arc<String>,
    range: Range<usize>,
}

impl Chunk {
    pub(crate) fn text(&self) -> &str {
        &self.file[self.range.clone()]
    }
}

/// Splits a file at whitespace. An empty file has no chunk.
pub(crate) fn chunks(file: Arc<String>) -> impl Iterator<Item = Chunk> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let end = start + boundary(&file[start..], CHUNK);
        let range = start..end;
        start = end;
        (!range.is_empty()).then(|| Chunk {
            file: file.clone(),
            range,
        })
    })
}

/// The first place at or after `least` at which a word cannot be cut.
fn boundary(text: &str, least: usize) -> usize {
    let Some(start) = (least..text.len()).find(|&at| text.is_char_boundary(at)) else {
        return text.len();
    };
    text[start..]
        .find(char::is_whitespace)
        .map_or(text.len(), |skipped| start + skipped)
}

/// A word is a run of letters and digits, of any script.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_join_to_the_text_and_cut_no_word() {
        let text = "größer 北京 naïve\n".repeat(3 * CHUNK / 10);
        let chunks: Vec<_> = chunks(Arc::new(text.clone())).collect();
        assert!(chunks.len() > 2);
        assert_eq!(chunks.iter().map(Chunk::text).collect::<String>(), text);
        let in_chunks: usize = chunks.iter().map(|chunk| words(chunk.text()).count()).sum();
        assert_eq!(in_chunks, words(&text).count());
    }

    #[test]
    fn a_boundary_is_never_inside_a_character_or_a_word() {
        assert_eq!(boundary("ab cd", 1), 2);
        assert_eq!(boundary("ab cd", 2), 2);
        assert_eq!(boundary("ab cd", 3), 5);
        assert_eq!(boundary("éé x", 1), 4);
        assert_eq!(boundary("ab", 7), 2);
    }

    #[test]
    fn an_empty_file_has_no_chunk() {
        assert_eq!(chunks(Arc::default()).count(), 0);
    }

    #[test]
    fn words_are_letters_and_digits() {
        let found: Vec<_> = words("<a href='x1'>naïve—日本</a>").collect();
        assert_eq!(found, ["a", "href", "x1", "naïve", "日本", "a"]);
    }
}
