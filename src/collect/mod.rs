//! Collecting facts: from AWS, from a recording, from files of the AWS CLI. The only place that awaits.

pub mod progress;
