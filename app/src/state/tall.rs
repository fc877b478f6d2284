//! Which texts are so tall that they are folded: more than a screen of somebody else's text is in everybody's way.

/// Letters in a line of a wide window. Where there are fewer a text is taller, but not by so much that it hides the talk.
const LETTERS_IN_A_LINE: usize = 68;

/// Texts of more lines are folded. The style then shows 16 (`message_text.css`), so that what is hidden is worth a press.
const LINES_MAX: usize = 24;

/// Whether a text is folded until its reader asks for all of it.
#[must_use]
pub fn is_tall(text: &str) -> bool {
    let lines =
        text.split('\n').map(|line| 1 + line.chars().count().saturating_sub(1) / LETTERS_IN_A_LINE);
    lines.sum::<usize>() > LINES_MAX
}

#[cfg(test)]
mod tests {
    use super::is_tall;

    #[test]
    fn a_tower_and_a_wall_of_text_are_folded_and_a_long_answer_is_not() {
        assert!(is_tall(&format!("a{}b", "\n".repeat(16_000))));
        assert!(is_tall(&"word ".repeat(400)));
        assert!(!is_tall(&"line\n".repeat(23)));
        assert!(!is_tall(&"é".repeat(68 * 24)));
        assert!(!is_tall(""));
    }
}
