//! Names that sound as if several people used them. What is kept is a mark, never the name: a suspect for a human to look
//! at (COG-ACC-003), never a culprit. The list is ours: names that systems and teams are commonly given, RFC 2142 among them.

/// Words of such names, in English; compared whole, without case and digits at the end.
const WORDS: [&str; 37] = [
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administrator",
    "backup",
    "billing",
    "contact",
    "demo",
    "donotreply",
    "generic",
    "guest",
    "helpdesk",
    "hostmaster",
    "info",
    "kiosk",
    "mail",
    "noc",
    "noreply",
    "office",
    "operator",
    "ops",
    "postmaster",
    "reception",
    "root",
    "sales",
    "security",
    "service",
    "shared",
    "superuser",
    "support",
    "svc",
    "system",
    "team",
    "test",
    "tester",
    "webmaster",
];

/// Whether a user name or the part of an address before its `@` is, or has among its words, one of the list.
pub fn sounds_shared(name: &str) -> bool {
    let own = name.split('@').next().unwrap_or_default().to_lowercase();
    let known = |word: &str| WORDS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()));
    let whole: String = own.chars().filter(char::is_ascii_alphanumeric).collect();
    known(&whole) || own.split(|c: char| !c.is_alphanumeric()).any(known)
}

#[cfg(test)]
mod tests {
    use super::sounds_shared;

    #[test]
    fn names_of_teams_and_systems_sound_shared_and_names_of_people_do_not() {
        for name in
            ["admin", "Admin2@example.com", "test.user", "no-reply@example.com", "svc_backup", "IT-Support", "info+eu@example.com", "TEAM"]
        {
            assert!(sounds_shared(name), "{name}");
        }
        for name in
            ["ann", "ann@support.example.com", "j.testa", "Badmin", "5ab0c1d2-0000-4000-8000-000000000000", "Okta_00u1", "", "@", "42"]
        {
            assert!(!sounds_shared(name), "{name}");
        }
    }
}
