//! The tamper matrix: one defect, one folder in `tests/vectors/bundle/`, one test. The folder says in `defect.toml` what was
//! done, who can do it, which step must fail and with which exit code; the bytes are made here from an honest bundle.
//!
//! `UPDATE_VECTORS=1` writes the table in `tests/vectors/bundle/README.md` anew; `EXPORT_VECTORS=DIR` writes every tampered
//! bundle as a file, with the honest one and the trust file, for other verifiers (`tests/peers/page` is one).

pub(super) mod defect;
mod matrix;

/// Each vector under its own name, as its own test.
macro_rules! vectors {
    ($($group:ident: $($name:ident)+;)+) => {
        $($(
            #[test]
            fn $name() {
                matrix::refused(stringify!($name), &defect::$group::$name());
            }
        )+)+
        /// Every defect's name and maker.
        const ALL: &[(&str, fn() -> Vec<u8>)] = &[$($((stringify!($name), defect::$group::$name as fn() -> Vec<u8>)),+),+];
    };
}

vectors! {
    container:
        no_zip_at_all empty_file empty_zip truncated_in_the_directory truncated_in_a_file trailing_bytes leading_bytes container_comment
        entry_comment entry_count_lies gap_between_entries gap_before_the_directory bytes_in_the_directory overlapping_entries
        zip_local_header_name_differs zip_local_size_differs zip_bomb_ratio unpacks_to_more_than_its_size crc_differs
        bytes_after_the_deflate_stream deflate_stream_cut_off stored_sizes_differ path_escape path_absolute path_backslash
        path_with_empty_part path_with_control_character path_of_another_normal_form path_windows_device duplicate_entry
        case_colliding_entry case_colliding_folder file_that_is_also_a_folder two_top_folders file_beside_the_top_folder symlink_entry
        device_entry encrypted_entry data_descriptor zip64_extra unicode_path_extra unknown_method folder_entry_without_files
        folder_entry_with_content;
    bag:
        payload_file_changed payload_file_missing payload_file_renamed files_swapped extra_file_below_data extra_file_at_top
        extra_file_listed_as_tag manifest_line_missing manifest_line_twice manifest_line_for_a_tag_file manifest_upper_case_digest
        manifest_windows_newlines manifest_path_escape tagmanifest_missing tag_file_changed signature_missing payload_oxum_wrong
        declaration_of_another_version;
    statement:
        recomputed_manifest report_pdf_replaced recording_line_removed_and_manifests_recomputed
        files_swapped_and_manifests_recomputed file_added_and_manifests_recomputed population_removed_and_manifests_recomputed
        bag_info_edited_and_manifests_recomputed two_signatures second_signature_by_another_key no_signature keyid_mismatch keyid_missing
        signature_of_another_statement signature_with_trailing_bytes payload_changed_in_the_envelope payload_type_changed
        another_payload_type_signed duplicate_key_in_the_envelope duplicate_key_in_the_statement statement_of_another_predicate_type
        subject_left_out_of_the_statement public_key_replaced public_key_damaged envelope_of_another_bundle
        predicate_with_other_verdict_counts predicate_with_another_bundle_id predicate_with_another_head_digest
        predicate_with_another_challenge predicate_without_its_demo_source evidence_with_a_duplicate_key evidence_of_another_format
        resigned_by_another_key;
    manifest_signature:
        p7s_missing p7s_of_another_manifest p7s_by_another_key p7s_replaced_by_its_certificate p7s_with_trailing_bytes
        p7s_without_a_signing_time p7s_with_a_time_stamp_added p7s_of_another_bundle signer_chain_of_another_key
        signer_chain_with_one_more;
    wrappers:
        pae_wrapper_differs sig_wrapper_is_another_signature sigstore_wrapper_names_another_key sigstore_wrapper_of_another_statement
        sigstore_wrapper_with_a_second_content;
    recording:
        recording_edited_by_hand_and_sealed recording_line_removed_and_sealed recording_line_removed_and_rechained_and_sealed
        recording_line_changed_and_rechained_and_sealed recording_lines_reordered_and_rechained_and_sealed
        recording_segment_missing_and_sealed recording_with_a_foreign_file scope_exchanged_and_sealed recording_torn_and_sealed
        recorded_answer_with_a_repeated_key_and_sealed recorded_secret_denied_and_sealed recorded_time_changed_and_sealed;
    evidence:
        verdict_flipped_and_sealed verdict_flipped_under_another_version_and_sealed finding_removed_and_sealed
        answer_changed_rechained_and_evidence_kept_and_sealed population_row_removed_and_sealed catalogue_edited_and_sealed
        bundle_id_invented_and_sealed limits_removed_and_sealed;
    chain:
        older_bundle_replayed challenge_not_answered not_the_next_of_the_chain;
}
