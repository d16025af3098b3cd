//! A report with every kind of block, for the tests and for looking at. The figures in it are invented.

use chrono::{TimeZone, Utc};

use super::*;
use crate::render::blocks::*;
use crate::render::markdown::to_blocks;

fn fact(name: &str, value: &str) -> Fact {
    Fact { name: name.into(), value: text(value) }
}

fn code(t: &str) -> Inlines {
    vec![Inline::Code(t.into())]
}

fn note(kind: CalloutKind, words: &str) -> Callout {
    Callout { kind, blocks: vec![Block::Paragraph(text(words))] }
}

fn tiles() -> Tiles {
    let count = |verdict, count, note: &str| Count { verdict, count, note: note.into() };
    Tiles {
        counts: vec![
            count(Verdict::Pass, 41, ""),
            count(Verdict::Fail, 3, "2 of high severity"),
            count(Verdict::Manual, 6, ""),
            count(Verdict::Incomplete, 2, "1 denied"),
            count(Verdict::NotApplicable, 4, "1 declared out"),
        ],
    }
}

fn cover() -> Cover {
    Cover {
        kicker: "Evidence of multi-factor authentication".into(),
        title: "Example Ltd, 2026-Q3".into(),
        lines: vec![
            text("Amazon Cognito user pools of AWS account 123456789012, 1 July to 30 September 2026"),
            text("Point in time: 2026-09-30, 14:02:11 to 14:05:48 UTC"),
        ],
        verdicts: tiles(),
        facts: vec![
            fact("Collected by", "auditee: arn:aws:sts::123456789012:assumed-role/audit-readonly/ci"),
            fact("Endpoint", "AWS, eu-west-1 (not overridden)"),
            fact("Pools", "3 listed, 2 in scope"),
            fact("Users", "1,204 listed: 1,150 enrolled, 12 derived, 31 indeterminate, 3 not enrolled, 8 not applicable"),
            fact("Attempts", "2 runs since the previous bundle"),
            fact("Challenge", "none: the sample is self-selected"),
            Fact { name: "Bundle".into(), value: code("pp1-4ezq7m2k5rjv6w3t") },
            Fact {
                name: "Recording head".into(),
                value: code("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
            },
        ],
        statements: vec![
            note(CalloutKind::Omission, "Originals of the answers are not kept: redaction is unverified. Accounts and regions not listed were not looked at."),
            note(CalloutKind::Warning, "Two checks could not be decided: GetLogDeliveryConfiguration was denied."),
            Callout {
                kind: CalloutKind::Note,
                blocks: to_blocks(
                    "To verify, with tools you trust:\n\n1. `poolproof-verify bundle.zip --fingerprint 5f1c…`\n2. or by hand: `VERIFY.md` in the bundle, with `sha256sum` and `openssl`",
                    &mut |_| Ok(None),
                )
                .unwrap(),
            },
        ],
    }
}

fn matrix() -> Matrix {
    let cell = |verdict, text: &str| MatrixCell { verdict, text: text.into() };
    let row = |id: &str, title: &str, cells| MatrixRow { id: id.into(), title: title.into(), cells };
    let good = || cell(Some(Verdict::Pass), "3 of 3 direct findings pass");
    let bad = || cell(Some(Verdict::Fail), "1 of 3 direct findings fails");
    Matrix {
        caption: text("Controls by pool"),
        columns: vec![code("eu-west-1_AbCdEf123"), code("eu-west-1_ZyXwVu987")],
        groups: vec![
            MatrixGroup {
                title: "SOC 2 (2017 criteria)".into(),
                rows: vec![
                    row("CC6.1", "Logical access is restricted; covers sign-in to the pool only", vec![good(), bad()]),
                    row(
                        "CC6.6",
                        "Access from outside is protected; covers MFA at sign-in only",
                        vec![good(), cell(Some(Verdict::Incomplete), "1 of 4 direct findings could not be decided")],
                    ),
                ],
            },
            MatrixGroup {
                title: "PCI DSS 4.0.1".into(),
                rows: vec![
                    row(
                        "8.4.2",
                        "MFA for all access into the cardholder environment",
                        vec![cell(Some(Verdict::Manual), "audience not declared"), bad()],
                    ),
                    row("8.3.6", "Length and make-up of passwords", vec![good(), cell(None, "no finding maps here")]),
                ],
            },
            MatrixGroup {
                title: "HIPAA Security Rule".into(),
                rows: vec![row(
                    "164.312(d)",
                    "Who signs in is who he says he is",
                    vec![cell(Some(Verdict::Pass), "supported by this evidence"), cell(Some(Verdict::NotApplicable), "declared out")],
                )],
            },
        ],
    }
}

fn coverage() -> Coverage {
    let part = |state: FactorState, count| Part { state, label: state.word().into(), count };
    Coverage {
        caption: text("Users by factor state"),
        bars: vec![
            Bar {
                label: "workforce (eu-west-1_AbCdEf123)".into(),
                parts: vec![
                    part(FactorState::Enrolled, 1150),
                    part(FactorState::Derived, 12),
                    part(FactorState::Indeterminate, 31),
                    part(FactorState::NotEnrolled, 3),
                    part(FactorState::Excluded, 8),
                ],
            },
            Bar {
                label: "partners (eu-west-1_ZyXwVu987)".into(),
                parts: vec![
                    part(FactorState::Enrolled, 40),
                    part(FactorState::NotEnrolled, 22),
                    part(FactorState::Excluded, 7),
                    part(FactorState::NotAsked, 30),
                ],
            },
            Bar { label: "empty".into(), parts: vec![] },
        ],
    }
}

fn finding(n: usize, verdict: Verdict) -> Block {
    Block::Finding(Box::new(FindingCard {
        anchor: format!("f-{n}"),
        also: vec![format!("f-{n}-too")],
        id: format!("COG-MFA-{n:03}"),
        title: "MFA is required for every sign-in to the pool".into(),
        verdict,
        severity: "critical".into(),
        subject: code("eu-west-1_AbCdEf123"),
        reason: vec![
            Inline::Text("MfaConfiguration is ".into()),
            Inline::Code("OPTIONAL".into()),
            Inline::Text(", so a user without a factor signs in with a password alone. 3 of 1,204 users have no factor.".into()),
        ],
        facts: vec![fact("Population", "1,204 listed, 1,150 enrolled, 31 indeterminate"), fact("Threshold", "every user")],
        evidence: vec![code("call 14 /MfaConfiguration"), code("call 15 /SoftwareTokenMfaConfiguration/Enabled")],
        by_hand: "aws cognito-idp get-user-pool-mfa-config --user-pool-id eu-west-1_AbCdEf123 --region eu-west-1 --query MfaConfiguration"
            .into(),
        controls: vec![text("SOC 2 CC6.6 (direct)"), text("PCI DSS 8.4.2 (direct)"), text("HIPAA 164.312(d) (supporting)")],
        notes: if verdict == Verdict::Fail {
            vec![note(CalloutKind::Note, "Exception EX-7, approved by C. Santos until 2026-12-31; it changes no verdict.")]
        } else {
            vec![]
        },
    }))
}

/// The pages after the cover, as a template would write them.
const TEXT: &str = "
# Contents

```poolproof:toc
```

# Summary {#summary}

Multi-factor authentication is **required** in one of two pools. Three users of `eu-west-1_ZyXwVu987` sign in with a password alone; see
[the finding](#f-1) and [AWS's documentation](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html). The verdict is `verdict:FAIL`,
and *nothing here is an opinion*.

```poolproof:tiles
```

- The pool *workforce* requires a time-based one-time password.
- The pool *partners* does not:
  1. MFA is optional there;
  2. 22 users have no factor.
- Logs are delivered for one pool.

> [!IMPORTANT]
> AWS is a subservice organisation whose controls are not covered.

## Controls

```poolproof:matrix
```

## Coverage

```poolproof:coverage
```

# Findings

```poolproof:findings
```

# Calls

```poolproof:calls
```

### By hand

```
$ sha256sum -c manifest-sha256.txt
data/report.json: OK
```
";

fn calls(rows: usize) -> Block {
    let row = |n: usize| {
        let operation = ["DescribeUserPool", "ListUsers", "GetUserPoolMfaConfig", "AdminGetUserAuthFactors"][n % 4];
        vec![
            text(n.to_string()),
            code(operation),
            code("eu-west-1_AbCdEf123"),
            text("200"),
            code(&format!("{:08x}-1f6c-4f0e-9f43-2b7a90e3c0de", (n as u32).wrapping_mul(2_654_435))),
        ]
    };
    let right = Column { align: Align::Right, weight: 0 };
    Block::Table(Table {
        caption: text("API calls of the recording"),
        columns: vec![right, Column::default(), Column::default(), right, Column::default()],
        head: ["Call", "Operation", "Pool", "Status", "Request id"].map(text).to_vec(),
        rows: (1..=rows).map(row).collect(),
    })
}

/// The whole sample with so many rows in its table of calls.
pub(super) fn document(rows: usize) -> Document {
    let mut blocks = vec![Block::Cover(Box::new(cover())), Block::PageBreak];
    let body = to_blocks(TEXT, &mut |d| {
        Ok(Some(match d.name.as_str() {
            "toc" => vec![Block::Toc { depth: 2 }],
            "tiles" => vec![Block::Tiles(tiles())],
            "matrix" => vec![Block::Matrix(matrix())],
            "coverage" => vec![Block::Coverage(coverage())],
            "findings" => Verdict::ALL.into_iter().enumerate().map(|(n, v)| finding(n + 1, v)).collect(),
            "calls" => vec![calls(rows)],
            _ => return Ok(None),
        }))
    });
    blocks.extend(body.unwrap());
    Document {
        meta: Meta {
            title: "Example Ltd, 2026-Q3: evidence of multi-factor authentication".into(),
            lang: "en".into(),
            author: "Example Ltd".into(),
            subject: "Evidence collected by poolproof".into(),
            at: Utc.with_ymd_and_hms(2026, 9, 30, 14, 5, 48).unwrap(),
            bundle_id: "pp1-4ezq7m2k5rjv6w3t".into(),
            short_digest: "9f86d081884c".into(),
            header_left: "Example Ltd".into(),
            header_right: "2026-Q3".into(),
        },
        labels: Labels::default(),
        blocks,
    }
}

/// A small attachment.
pub(super) fn evidence() -> Vec<Attachment> {
    vec![Attachment {
        name: "evidence.json".into(),
        mime: "application/json".into(),
        description: "The same evidence as data".into(),
        bytes: b"{\"format\": \"poolproof/evidence/1\"}\n".to_vec(),
    }]
}
