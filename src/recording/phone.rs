//! What a report needs of a telephone number without the number: whether it is E.164 and which country it is in.

/// Two-digit country codes assigned by ITU-T E.164; 1 and 7 have one digit, all others three.
const TWO_DIGITS: &[u8] = &[
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81,
    82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// Whether the text is a number in E.164 international form: `+`, a first digit other than 0, 8 to 15 digits in all.
pub fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

/// The country code with its `+`, where the number is E.164.
pub fn country(number: &str) -> Option<String> {
    if !is_e164(number) {
        return None;
    }
    let digits = number.get(1..)?;
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [a, b, ..] if TWO_DIGITS.contains(&((a - b'0') * 10 + (b - b'0'))) => 2,
        _ => 3,
    };
    Some(format!("+{}", digits.get(..length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_their_countries() {
        for (number, expected) in [
            ("+12025550123", Some("+1")),
            ("+442071838750", Some("+44")),
            ("+35312345678", Some("+353")),
            ("+79161234567", Some("+7")),
            ("+01115551212", None),
            ("442071838750", None),
            ("+44 2071838750", None),
            ("+1234567", None),
            ("", None),
        ] {
            assert_eq!(country(number).as_deref(), expected, "{number}");
        }
    }
}
