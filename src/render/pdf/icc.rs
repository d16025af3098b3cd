//! A minimal sRGB profile (ICC.1:2004-10, version 4.2; IEC 61966-2-1), made here so that no foreign file is needed.

/// The D50 white of the profile connection space.
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
/// sRGB's red, green and blue adapted to D50 (Bradford), as in IEC 61966-2-1's profile.
const PRIMARIES: [[f64; 3]; 3] = [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.7141]];
/// Bradford adaptation from D65 to D50, row by row.
const ADAPT: [f64; 9] = [1.04791, 0.02293, -0.05020, 0.02960, 0.99046, -0.01707, -0.00925, 0.01506, 0.75179];

fn fixed(v: f64) -> [u8; 4] {
    ((v * 65536.0).round() as i32).to_be_bytes()
}

fn xyz(v: [f64; 3]) -> Vec<u8> {
    let mut out = b"XYZ \0\0\0\0".to_vec();
    out.extend(v.into_iter().flat_map(fixed));
    out
}

fn words(text: &str) -> Vec<u8> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut out = b"mluc\0\0\0\0".to_vec();
    out.extend(1u32.to_be_bytes());
    out.extend(12u32.to_be_bytes());
    out.extend(b"enUS");
    out.extend((utf16.len() as u32).to_be_bytes());
    out.extend(28u32.to_be_bytes());
    out.extend(utf16);
    out
}

/// The profile's bytes.
pub(super) fn srgb() -> Vec<u8> {
    // Parametric curve type 3: Y = (aX + b)^g for X >= d, else Y = cX.
    let mut curve = b"para\0\0\0\0\0\x03\0\0".to_vec();
    curve.extend([2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045].into_iter().flat_map(fixed));
    let mut chad = b"sf32\0\0\0\0".to_vec();
    chad.extend(ADAPT.into_iter().flat_map(fixed));
    let [red, green, blue] = PRIMARIES;
    let tags: [(&[u8; 4], Vec<u8>); 10] = [
        (b"desc", words("sRGB")),
        (b"cprt", words("No copyright, use freely")),
        (b"wtpt", xyz(D50)),
        (b"chad", chad),
        (b"rXYZ", xyz(red)),
        (b"gXYZ", xyz(green)),
        (b"bXYZ", xyz(blue)),
        (b"rTRC", curve.clone()),
        (b"gTRC", curve.clone()),
        (b"bTRC", curve),
    ];
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut data: Vec<u8> = Vec::new();
    let start = 128 + 4 + 12 * tags.len();
    let mut last: Option<(Vec<u8>, u32)> = None;
    for (name, body) in tags {
        // Equal neighbours (the three curves) share their data.
        let at = match &last {
            Some((same, at)) if *same == body => *at,
            _ => {
                let at = (start + data.len()) as u32;
                data.extend(&body);
                data.resize(data.len().next_multiple_of(4), 0);
                at
            }
        };
        table.extend(name);
        table.extend(at.to_be_bytes());
        table.extend((body.len() as u32).to_be_bytes());
        last = Some((body, at));
    }
    let mut out = vec![0; 128];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = out.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(0, &((start + data.len()) as u32).to_be_bytes());
    put(8, &[4, 0x20, 0, 0]);
    put(12, b"mntrRGB XYZ ");
    // The date of the standard's amendment; any fixed one will do.
    put(24, &[0x07, 0xD3, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    put(36, b"acsp");
    for (n, v) in D50.into_iter().enumerate() {
        put(68 + 4 * n, &fixed(v));
    }
    out.extend(table);
    out.extend(data);
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_and_offsets_agree() {
        let p = super::srgb();
        let u32_at = |at: usize| u32::from_be_bytes(p[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!(u32_at(0), p.len());
        assert_eq!(&p[36..40], b"acsp");
        for n in 0..u32_at(128) {
            let (at, len) = (u32_at(136 + 12 * n), u32_at(140 + 12 * n));
            assert!(at >= 128 + 4 + 120 && at + len <= p.len() && at % 4 == 0);
        }
        // Red, green and blue add up to the white point.
        for axis in 0..3 {
            let sum: f64 = super::PRIMARIES.iter().map(|c| c[axis]).sum();
            assert!((sum - super::D50[axis]).abs() < 0.0005, "{axis}: {sum}");
        }
    }
}
