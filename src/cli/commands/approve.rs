//! `poolproof approve`: the approver's own signature on exceptions of a scope file; and, for every command that reads one, the
//! approvals that it names. It decides nothing about trust: whose key it was, `verify` says by the caller's trust file.

use super::args_of_review::Approve;
use super::ui::Ui;
use super::{keys, prepare};
use crate::cli::exit::{CliError, Exit};
use crate::config::Config;
use crate::model::exception::{Approval, Exception};
use crate::sign::approval::{self, ApproveError, Terms};
use crate::{clock, io};
use std::path::Path;

/// Reads the approvals that a scope file names. One that is missing, forged or of other words makes its exception ill-formed.
pub fn attach(config: &mut Config) {
    for (place, (exception, file)) in config.exceptions().into_iter().enumerate() {
        if let Some(file) = file {
            let read = read(&exception, &file);
            config.approved(place, read);
        }
    }
}

fn read(exception: &Exception, file: &Path) -> Result<Approval, String> {
    // The path is left out: it may be of this machine, and what is said here goes into the evidence.
    let text = io::read_text(file, approval::LARGEST).map_err(|_| "the file that it names cannot be read".to_owned())?;
    let approved = approval::of(exception, text.as_bytes())?;
    Ok(Approval { fingerprint: approved.fingerprint.to_string(), at: approved.at, envelope: text.trim_end().to_owned() })
}

/// Lists the exceptions, or signs those that are named.
pub fn run(options: &Approve, ui: &Ui) -> Result<Exit, CliError> {
    let exceptions: Vec<Exception> =
        prepare::bare_scope_file(options.config.as_deref())?.exceptions().into_iter().map(|(exception, _)| exception).collect();
    if exceptions.is_empty() {
        return Err(CliError::usage("the scope file declares no [[exception]]: there is nothing to approve"));
    }
    if options.exceptions.is_empty() {
        for (exception, number) in exceptions.iter().zip(1..) {
            let about = crate::checks::exceptions::about(exception);
            ui.say(&format!("{number}  line {}: {about}", exception.line))?;
        }
        ui.note("\nNothing was signed. To sign one:\n  poolproof approve --exception 1 --key keys/approver.p8");
        return Ok(Exit::Done);
    }
    let key = keys::signer(&options.key)?;
    let at = clock::rfc3339(clock::now());
    let mut sealed = Vec::new();
    // All of them before the first file is written.
    for number in &options.exceptions {
        let found = number.checked_sub(1).and_then(|place| exceptions.get(place));
        let exception = found.ok_or_else(|| CliError::usage(format!("there is no exception {number}; there are {}", exceptions.len())))?;
        let terms = Terms::of(exception).map_err(|why| CliError::usage(format!("exception {number} (line {}): {why}", exception.line)))?;
        let envelope = approval::seal(&terms, &at, key.as_ref()).map_err(|error| match error {
            ApproveError::TooLarge(_) => CliError::usage(format!("exception {number}: {error}")),
            _ => CliError::operational(error),
        })?;
        let file = options.out.join(format!("exception-{number}.dsse.json"));
        if io::exists(&file) {
            return Err(CliError::usage(format!(
                "{} exists already and is not overwritten; move it, or choose another --out",
                file.display()
            )));
        }
        sealed.push((number, exception.line, terms, envelope, file));
    }
    for (number, line, terms, envelope, file) in sealed {
        io::write_new(&file, &envelope.encode(), false).map_err(CliError::operational)?;
        ui.say(&format!(
            "signed exception {number}: {}\n  reason      {}\n  instead     {}\n  asked by    {}\n  approved by {}\n  ticket      {}\n  valid       {} to {}\n  key         {}",
            terms.about(),
            terms.reason,
            terms.compensating_control,
            terms.requester,
            terms.approver,
            terms.ticket,
            terms.start,
            terms.expiry,
            envelope.keyid
        ))?;
        ui.note(&format!(
            "Add to the [[exception]] in line {line}, with its path from the scope file:\n  approval = {:?}",
            file.display().to_string()
        ));
    }
    Ok(Exit::Done)
}
