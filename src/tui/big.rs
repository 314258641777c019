//! Letters five rows high, to be read from three metres.
//!
//! ```text
//! ████  ████  ████  ███ ████ ██  ██ ████
//! ██ ██ ██ ██ ██   ██   ██   ███ ██  ██
//! ████  ████  ███   ██  ███  ██████  ██
//! ██    ██ ██ ██     ██ ██   ██ ███  ██
//! ██    ██ ██ ████ ███  ████ ██  ██  ██
//! ```
//!
//! Full blocks only: every font has them. Upright strokes are two columns, level ones one row,
//! which are equally thick where a cell is twice as high as wide.

/// Rows of a letter.
pub const HEIGHT: u16 = 5;

/// The five rows of `text`, `#` where a block belongs, or `None` when a character has no big form.
#[must_use]
pub fn rows(text: &str) -> Option<[String; 5]> {
    let mut rows: [String; 5] = Default::default();
    for (index, character) in text.chars().enumerate() {
        for (row, part) in rows.iter_mut().zip(letter(character)?) {
            if index > 0 {
                row.push(' ');
            }
            row.push_str(part);
        }
    }
    Some(rows)
}

/// The rows of one character; all of a character's rows are equally wide.
#[rustfmt::skip]
fn letter(character: char) -> Option<[&'static str; 5]> {
    Some(match character.to_ascii_uppercase() {
        'A' => [" ### ", "## ##", "#####", "## ##", "## ##"],
        'B' => ["#### ", "## ##", "#### ", "## ##", "#### "],
        'C' => [" ###", "##  ", "##  ", "##  ", " ###"],
        'D' => ["#### ", "## ##", "## ##", "## ##", "#### "],
        'E' => ["####", "##  ", "### ", "##  ", "####"],
        'F' => ["####", "##  ", "### ", "##  ", "##  "],
        'G' => [" ####", "##   ", "## ##", "## ##", " ####"],
        'H' => ["## ##", "## ##", "#####", "## ##", "## ##"],
        'I' => ["##", "##", "##", "##", "##"],
        'J' => ["  ##", "  ##", "  ##", "# ##", " ## "],
        'K' => ["## ##", "## ##", "#### ", "## ##", "## ##"],
        'L' => ["##  ", "##  ", "##  ", "##  ", "####"],
        'M' => ["##   ##", "### ###", "#######", "## # ##", "##   ##"],
        'N' => ["##  ##", "### ##", "######", "## ###", "##  ##"],
        'O' | '0' => [" ### ", "## ##", "## ##", "## ##", " ### "],
        'P' => ["#### ", "## ##", "#### ", "##   ", "##   "],
        'Q' => [" ### ", "## ##", "## ##", " ### ", "   ##"],
        'R' => ["#### ", "## ##", "#### ", "## ##", "## ##"],
        'S' => [" ###", "##  ", " ## ", "  ##", "### "],
        'T' => ["####", " ## ", " ## ", " ## ", " ## "],
        'U' => ["## ##", "## ##", "## ##", "## ##", " ### "],
        'V' => ["## ##", "## ##", "## ##", " ### ", "  #  "],
        'W' => ["##   ##", "## # ##", "#######", "### ###", "##   ##"],
        'X' => ["## ##", " ### ", "  #  ", " ### ", "## ##"],
        'Y' => ["## ##", "## ##", " ### ", " ##  ", " ##  "],
        'Z' => ["#####", "   ##", " ### ", "##   ", "#####"],
        '1' => [" ## ", "### ", " ## ", " ## ", "####"],
        '2' => ["#### ", "   ##", " ### ", "##   ", "#####"],
        '3' => ["#### ", "   ##", " ### ", "   ##", "#### "],
        '4' => ["## ##", "## ##", "#####", "   ##", "   ##"],
        '5' => ["#####", "##   ", "#### ", "   ##", "#### "],
        '6' => [" ### ", "##   ", "#### ", "## ##", " ### "],
        '7' => ["#####", "   ##", "  ## ", " ##  ", " ##  "],
        '8' => [" ### ", "## ##", " ### ", "## ##", " ### "],
        '9' => [" ### ", "## ##", " ####", "   ##", " ### "],
        ':' => ["  ", "##", "  ", "##", "  "],
        '.' => ["  ", "  ", "  ", "  ", "##"],
        '-' => ["    ", "    ", "####", "    ", "    "],
        '/' => ["   ##", "  ## ", "  ## ", " ##  ", " ##  "],
        '!' => ["##", "##", "##", "  ", "##"],
        '?' => ["#### ", "   ##", " ### ", "     ", " ##  "],
        '=' => ["     ", "#####", "     ", "#####", "     "],
        '%' => ["##  ##", "   ## ", "  ##  ", " ##   ", "##  ##"],
        '✓' => ["     ##", "    ## ", "## ##  ", " ###   ", "  #    "],
        '✗' => ["##   ##", " ## ## ", "  ###  ", " ## ## ", "##   ##"],
        ' ' => ["  ", "  ", "  ", "  ", "  "],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_every_letter_are_equally_wide() {
        for character in ('!'..='~').chain(['✓', '✗', ' ']) {
            if let Some(rows) = letter(character) {
                assert!(
                    rows.iter().all(|row| row.len() == rows[0].len()),
                    "{character}"
                );
            }
        }
    }

    #[test]
    fn every_code_and_clock_has_a_big_form() {
        for character in ('A'..='Z').chain('0'..='9').chain([':', ' ']) {
            assert!(letter(character).is_some(), "{character}");
        }
        assert_eq!(rows("Ω"), None);
    }

    #[test]
    fn letters_of_one_shape_are_told_apart() {
        assert_ne!(letter('B'), letter('8'));
        assert_ne!(letter('S'), letter('5'));
        assert_ne!(letter('Z'), letter('2'));
    }
}
