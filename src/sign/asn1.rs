//! DER (X.690), as little as CMS needs: strict reading without copies, and writing.
//!
//! It must not be lenient: one spelling only, so that what is compared is what was signed. It does not know any structure.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// Context-specific, constructed, number 0.
pub(crate) const CONTEXT_0: u8 = 0xa0;
/// Context-specific, constructed, number 1.
pub(crate) const CONTEXT_1: u8 = 0xa1;

/// One value: its tag, its content, and all of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    pub tag: u8,
    pub value: &'a [u8],
    pub whole: &'a [u8],
}

impl<'a> Item<'a> {
    /// The one value that `bytes` are; nothing may follow it.
    pub fn only(bytes: &'a [u8]) -> Result<Self, String> {
        match split(bytes)? {
            (item, []) => Ok(item),
            (_, rest) => Err(format!("{} bytes follow its end", rest.len())),
        }
    }

    /// This value, if it has this tag.
    pub fn tagged(self, tag: u8, what: &str) -> Result<Self, String> {
        if self.tag == tag { Ok(self) } else { Err(format!("{what} has the tag {:02x} instead of {tag:02x}", self.tag)) }
    }

    /// The values inside, in order.
    pub fn parts(&self) -> Result<Vec<Item<'a>>, String> {
        let (mut rest, mut found) = (self.value, Vec::new());
        while !rest.is_empty() {
            let (item, after) = split(rest)?;
            found.push(item);
            rest = after;
        }
        Ok(found)
    }

    /// The elements of a SET OF, which must stand in DER's order, none twice (X.690, 11.6).
    pub fn sorted(&self, what: &str) -> Result<Vec<Item<'a>>, String> {
        let found = self.parts()?;
        let in_order = found.iter().zip(found.iter().skip(1)).all(|(a, b)| a.whole < b.whole);
        if in_order { Ok(found) } else { Err(format!("{what} are not in the order that DER asks for")) }
    }
}

/// The first value of `bytes` and what follows it.
pub(crate) fn split(bytes: &[u8]) -> Result<(Item<'_>, &[u8]), String> {
    let cut = || "it ends too early".to_owned();
    let (&tag, rest) = bytes.split_first().ok_or_else(cut)?;
    if tag & 0x1f == 0x1f {
        return Err("it uses tags above 30, which nothing here has".to_owned());
    }
    let (&first, rest) = rest.split_first().ok_or_else(cut)?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return Err("it has a length of a form that DER does not know, or above 4 GiB".to_owned());
        }
        let digits = rest.get(..count).ok_or_else(cut)?;
        let length = digits.iter().fold(0_usize, |n, b| (n << 8) | usize::from(*b));
        if digits.first() == Some(&0) || length < 0x80 {
            return Err("it has a length that is not in its shortest form".to_owned());
        }
        (length, rest.get(count..).ok_or_else(cut)?)
    };
    let value = rest.get(..length).ok_or_else(cut)?;
    let after = rest.get(length..).ok_or_else(cut)?;
    let whole = bytes.get(..bytes.len() - after.len()).ok_or_else(cut)?;
    Ok((Item { tag, value, whole }, after))
}

/// Writes one value.
pub(crate) fn write(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(0x7f));
            out.extend(digits);
        }
    }
    out.extend(value);
    out
}

/// Writes a constructed value from its parts, in the given order.
pub(crate) fn list(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    write(tag, &parts.concat())
}

/// Writes a SET OF (or a tag that stands for one): sorted as DER asks for.
pub(crate) fn set_of(tag: u8, mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    write(tag, &parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_round_at_every_length_of_the_length() {
        for n in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let bytes = write(OCTETS, &vec![7; n]);
            let item = Item::only(&bytes).unwrap();
            assert_eq!((item.tag, item.value.len(), item.whole.len()), (OCTETS, n, bytes.len()));
        }
    }

    #[test]
    fn what_has_two_spellings_is_refused() {
        for bad in [
            &b""[..],
            b"\x04",
            b"\x04\x01",
            b"\x04\x80\x00\x00",
            b"\x04\x81\x01\x07",
            b"\x04\x82\x00\x80",
            b"\x04\x85\x00\x00\x00\x00\x01\x07",
            b"\x04\xff",
            b"\x1f\x01\x00",
            b"\x04\x01\x07\x00",
        ] {
            assert!(Item::only(bad).is_err(), "{bad:02x?}");
        }
    }

    #[test]
    fn a_set_out_of_order_or_with_a_twin_is_refused() {
        let (a, b) = (write(INTEGER, &[1]), write(INTEGER, &[2]));
        let set = |parts: &[&[u8]]| Item::only(&list(SET, parts)).and_then(|i| i.sorted("they").map(|v| v.len()));
        assert_eq!(set(&[&a, &b]), Ok(2));
        assert!(set(&[&b, &a]).is_err());
        assert!(set(&[&a, &a]).is_err());
        assert_eq!(set_of(SET, vec![b.clone(), a.clone()]), list(SET, &[&a, &b]));
    }
}
