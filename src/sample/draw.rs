//! The draw itself: a seed, an order by hash, strata by largest remainder. Pure functions of their input, of nothing else.

use super::DOMAIN;
use crate::digest::sha256_hex;
use serde::Serialize;
use std::collections::BTreeMap;

/// A user to draw from.
pub struct Unit<'a> {
    /// As in the `user` column of `population.csv`.
    pub name: &'a str,
    /// The name of the stratum, see [`stratum`].
    pub stratum: String,
}

/// A user that was drawn.
pub struct Chosen {
    /// Its place among the units.
    pub unit: usize,
    /// Its key, hex.
    pub key: String,
}

/// A stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stratum {
    /// `status/yes` or `status/no`, as the columns `status` and `privileged` say.
    pub name: String,
    /// Users in it.
    pub users: u64,
    /// Users drawn of it.
    pub drawn: u64,
}

/// The name of a user's stratum.
pub fn stratum(status: &str, privileged: bool) -> String {
    format!("{status}/{}", if privileged { "yes" } else { "no" })
}

/// The seed of a pool's draw, hex.
pub fn seed(head_digest: &str, pool: &str, value: Option<&str>) -> String {
    sha256_hex(format!("{DOMAIN}\n{head_digest}\n{pool}\n{}\n", value.unwrap_or_default()).as_bytes())
}

/// The key by which a user is drawn, hex.
pub fn key(seed: &str, name: &str) -> String {
    sha256_hex(format!("{seed} {name}").as_bytes())
}

/// Draws `n` of the units, and one more for each stratum that would get none. By stratum, then key.
pub fn draw(units: &[Unit], seed: &str, n: u64) -> (Vec<Stratum>, Vec<Chosen>) {
    let mut by_stratum: BTreeMap<&str, Vec<Chosen>> = BTreeMap::new();
    for (unit, u) in units.iter().enumerate() {
        by_stratum.entry(&u.stratum).or_default().push(Chosen { unit, key: key(seed, u.name) });
    }
    let counts: Vec<u64> = by_stratum.values().map(|members| members.len() as u64).collect();
    let (mut strata, mut sample) = (Vec::new(), Vec::new());
    for ((name, mut members), take) in by_stratum.into_iter().zip(shares(&counts, n)) {
        strata.push(Stratum { name: name.to_owned(), users: members.len() as u64, drawn: take });
        members.sort_by(|a, b| a.key.cmp(&b.key));
        sample.extend(members.into_iter().take(usize::try_from(take).unwrap_or(usize::MAX)));
    }
    (strata, sample)
}

/// How many of each stratum: `n` by largest remainder, then at least one of each, all of them none where nothing is to be drawn.
fn shares(counts: &[u64], n: u64) -> Vec<u64> {
    let all: u64 = counts.iter().sum();
    let n = n.min(all);
    if n == 0 {
        return vec![0; counts.len()];
    }
    let product = |count: &u64| u128::from(n) * u128::from(*count);
    let mut shares: Vec<u64> = counts.iter().map(|c| u64::try_from(product(c) / u128::from(all)).unwrap_or(*c)).collect();
    let left = n - shares.iter().sum::<u64>();
    let mut order: Vec<(usize, u128)> = counts.iter().map(|c| product(c) % u128::from(all)).enumerate().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    for (place, _) in order.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(share) = shares.get_mut(place) {
            *share += 1;
        }
    }
    shares.into_iter().map(|share| share.max(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn seed_and_key_are_what_sha256sum_says() {
        // printf 'poolproof-sample/1\nab\nus-east-1_A\nblue\n' | sha256sum
        let seed = seed("ab", "us-east-1_A", Some("blue"));
        assert_eq!(seed, SEED);
        // printf '%s %s' SEED u_x | sha256sum
        assert_eq!(key(&seed, "u_x"), KEY);
    }
    const SEED: &str = "4a25d4506a7f1ddfadc801fe469f8697600b7da02778f88b8005d41c26e59644";
    const KEY: &str = "817f018fb31edf57b9667b761d3cdfea47c289f6e625fbb78852f377196ee91c";

    #[test]
    fn shares_are_by_largest_remainder_and_no_stratum_goes_without() {
        for (counts, n, shares_) in [
            (vec![50, 30, 20], 10, vec![5, 3, 2]),
            (vec![1, 1, 1], 2, vec![1, 1, 1]),
            (vec![900, 97, 3], 59, vec![53, 6, 1]),
            (vec![5, 5], 5, vec![3, 2]),
            (vec![10], 3, vec![3]),
            (vec![2, 3], 99, vec![2, 3]),
            (vec![2, 3], 0, vec![0, 0]),
            (vec![], 5, vec![]),
        ] {
            assert_eq!(shares(&counts, n), shares_, "{counts:?} {n}");
        }
    }

    #[test]
    fn shares_never_exceed_a_stratum_and_make_the_size_up() {
        for a in 0..12_u64 {
            for b in 0..12_u64 {
                for n in 0..26 {
                    let counts: Vec<u64> = [a, b, 7].into_iter().filter(|c| *c > 0).collect();
                    let got = shares(&counts, n);
                    assert!(got.iter().zip(&counts).all(|(g, c)| g <= c), "{counts:?} {n} {got:?}");
                    let sum: u64 = got.iter().sum();
                    let n = n.min(counts.iter().sum());
                    assert!(sum >= n && sum <= n + counts.len() as u64, "{counts:?} {n} {got:?}");
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_units_does_not_matter_and_each_is_drawn_once() {
        let names: Vec<String> = (0..200).map(|i| format!("u_{i}")).collect();
        let unit = |name: &'_ String| -> (String, String) { (name.clone(), stratum("CONFIRMED", name.ends_with('7'))) };
        let drawn = |names: &[String]| -> Vec<String> {
            let pairs: Vec<_> = names.iter().map(unit).collect();
            let units: Vec<Unit> = pairs.iter().map(|(name, stratum)| Unit { name, stratum: stratum.clone() }).collect();
            draw(&units, "seed", 40).1.into_iter().map(|c| pairs[c.unit].0.clone()).collect()
        };
        let one = drawn(&names);
        let mut turned = names.clone();
        turned.reverse();
        assert_eq!(one, drawn(&turned));
        assert_eq!(one.iter().collect::<BTreeSet<_>>().len(), 40);
        assert_eq!(one.iter().filter(|n| n.ends_with('7')).count(), 4);
    }
}
