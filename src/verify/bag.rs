//! Step 2, bag: RFC 8493 as this project writes it. The declaration, every manifest line, no file missing, none extra.
//!
//! It must not say who wrote the bag: whoever changes a file can write the manifests anew.

use std::collections::BTreeMap;

use super::attestation;
use crate::bundle::Bag;
use crate::bundle::layout::{
    BAG_INFO, BAGIT, DATA, LARGEST_LIST, LARGEST_TAG, MANIFEST, REQUIRED, TAG_MANIFEST, is_crl, is_later_seal, shown,
};
use crate::bundle::manifest::{DECLARATION, parse_bag_info, parse_manifest};
use crate::bundle::read::Refused;
use crate::sign::x509::is_revocation_list;

/// Checks the bag; says how many files it found right, and how many of later seals there are.
pub(super) fn check(bag: &Bag) -> Result<String, String> {
    if let Some(missing) = REQUIRED.iter().find(|path| !bag.files().contains_key(**path)) {
        return Err(format!("{missing} is missing"));
    }
    let text = |path: &str, limit| bag.read_text(path, limit).map_err(|Refused(why)| why);
    if text(BAGIT, LARGEST_TAG)? != DECLARATION {
        return Err(format!("{BAGIT} does not declare BagIt 1.0 in UTF-8 as format 1 does"));
    }
    let manifest = parse_manifest(&text(MANIFEST, LARGEST_LIST)?).map_err(|why| format!("{MANIFEST}: {why}"))?;
    let tags = parse_manifest(&text(TAG_MANIFEST, LARGEST_LIST)?).map_err(|why| format!("{TAG_MANIFEST}: {why}"))?;
    compare(bag, MANIFEST, &manifest, |path| path.starts_with(DATA))?;
    compare(bag, TAG_MANIFEST, &tags, |path| !path.starts_with(DATA) && path != TAG_MANIFEST)?;
    let known = |path: &str| path.starts_with(DATA) || REQUIRED.contains(&path) || is_crl(path) || is_later_seal(path);
    if let Some(extra) = bag.files().keys().find(|path| !known(path)) {
        return Err(format!("{:?} does not belong into a bundle", shown(extra)));
    }
    // Anybody may add a list: its authority signed it. Of other bytes nobody did.
    for path in bag.files().keys().filter(|path| is_crl(path)) {
        let list = bag.read(path, LARGEST_TAG).map_err(|Refused(why)| why)?;
        is_revocation_list(&list).map_err(|why| format!("{path} does not belong into a bundle: it is no revocation list ({why})"))?;
    }
    attestation::belongs(bag)?;
    let info = parse_bag_info(&text(BAG_INFO, LARGEST_TAG)?).map_err(|why| format!("{BAG_INFO}: {why}"))?;
    let payload = bag.files().iter().filter(|(path, _)| path.starts_with(DATA));
    let (files, octets) = payload.fold((0_u64, 0_u64), |(n, sum), (_, stored)| (n + 1, sum + stored.size));
    let oxum = format!("{octets}.{files}");
    if info.get("Payload-Oxum") != Some(&oxum) {
        return Err(format!("{BAG_INFO} counts another payload than is there (Payload-Oxum should be {oxum})"));
    }
    let later = bag.files().keys().filter(|path| is_later_seal(path)).count();
    let later = if later > 0 { format!("; {later} of them added by later seals") } else { String::new() };
    Ok(format!("{} files, each listed and unchanged since the manifests were written{later}", bag.files().len()))
}

/// Holds a manifest against the files that it must list.
fn compare(bag: &Bag, name: &str, listed: &BTreeMap<String, String>, concerns: impl Fn(&str) -> bool) -> Result<(), String> {
    for (path, digest) in listed {
        if !concerns(path) {
            return Err(format!("{name} lists {path}, which is not its to list"));
        }
        match bag.files().get(path) {
            None => return Err(format!("{path} is listed in {name}, but missing")),
            Some(stored) if stored.sha256 != *digest => return Err(format!("{path} was changed: its SHA-256 is not that of {name}")),
            Some(_) => {}
        }
    }
    match bag.files().keys().find(|path| concerns(path) && !listed.contains_key(*path)) {
        Some(extra) => Err(format!("{:?} is not listed in {name}: it was added, or its line was removed", shown(extra))),
        None => Ok(()),
    }
}
