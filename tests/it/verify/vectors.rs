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
        pub(super) const ALL: &[(&str, fn() -> Vec<u8>)] = &[$($((stringify!($name), defect::$group::$name as fn() -> Vec<u8>)),+),+];
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
        folder_entry_with_content zip64_locator_before_the_end extra_field_with_room_for_a_directory extra_field_twice
        volume_label_entry;
    bag:
        payload_file_changed payload_file_missing payload_file_renamed files_swapped extra_file_below_data extra_file_at_top
        extra_file_listed_as_tag revocation_list_that_is_none manifest_line_missing manifest_line_twice manifest_line_for_a_tag_file manifest_upper_case_digest
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
        predicate_with_another_challenge predicate_without_its_demo_source
        predicate_with_another_catalogue_than_its_files catalogue_edited_and_sealed catalogue_file_removed_and_sealed evidence_with_a_duplicate_key evidence_of_another_format
        resigned_by_another_key;
    manifest_signature:
        p7s_missing p7s_of_another_manifest p7s_by_another_key p7s_replaced_by_its_certificate p7s_with_trailing_bytes
        p7s_without_a_signing_time p7s_with_a_time_stamp_added p7s_of_another_bundle signer_chain_of_another_key
        signer_chain_with_one_more certificate_added_to_the_signature_and_the_chain
        p7s_with_another_content_type p7s_that_carries_the_manifest p7s_with_unsorted_attributes p7s_with_two_signers
        p7s_without_a_signer p7s_with_two_digests p7s_without_its_certificate_named p7s_with_its_time_changed
        p7s_signed_by_another_key_under_the_honest_certificate p7s_with_its_certificate_exchanged;
    pdf:
        pdf_that_is_none pdf_without_bytes pdf_unsigned pdf_signature_not_filled_in pdf_byte_range_short pdf_byte_range_long
        pdf_byte_range_with_a_wider_hole pdf_byte_range_with_an_earlier_hole pdf_byte_range_not_from_the_beginning
        pdf_byte_range_edited pdf_byte_range_in_another_form pdf_revision_appended pdf_revision_signed_with_it
        pdf_end_with_an_old_line_break pdf_with_bytes_after_its_end pdf_with_two_line_breaks_at_its_end pdf_signature_in_upper_case
        pdf_padding_not_zero pdf_padding_not_hex pdf_signature_of_another_length pdf_signed_by_another_key
        pdf_changed_before_its_signature pdf_changed_after_its_signature pdf_claimed_time_changed pdf_cut_off
        pdf_cut_off_in_its_signature pdf_with_two_signatures pdf_with_a_second_byte_range pdf_with_a_second_signature_in_another_form
        pdf_with_a_signature_of_the_old_kind pdf_with_an_object_stream pdf_with_a_cross_reference_stream pdf_encrypted
        pdf_with_a_time_inside_its_signature pdf_that_allows_changes pdf_not_certified pdf_certified_by_another_object
        pdf_certified_by_a_longer_number pdf_with_a_second_catalog pdf_signature_of_another_kind pdf_signature_inside_another_object
        pdf_signature_with_something_behind_it;
    attestation:
        attestation_review_altered attestation_attachment_altered attestation_attachment_missing attestation_key_exchanged
        attestation_envelope_of_another attestations_exchanged attestation_file_slipped_in attestation_by_a_file_alone
        attestation_of_another_bundle attestation_that_leaves_out_an_earlier_seal attestation_removed_below_a_later_one
        attestation_made_anew_below_a_later_one attestation_whose_earlier_time_stamp_was_stripped
        attestation_that_skips_a_manual_finding attestation_that_decides_a_finding_twice
        attestation_that_decides_a_finding_that_was_judged attestation_of_a_report_that_is_not_there attestation_under_another_number;
    rotation:
        rotation_signed_by_a_stranger rotation_signed_by_a_stranger_in_the_signers_name rotation_that_names_the_stranger_as_its_signer
        rotation_altered_to_another_key rotation_to_a_third_key rotation_against_its_direction rotation_dated_in_the_future
        rotation_that_nobody_asked_to_follow;
    time:
        time_stamp_stripped time_stamp_of_another_seal time_stamp_that_is_no_answer time_stamp_by_an_authority_that_nobody_named
        time_stamp_by_a_certificate_of_another_use time_stamp_by_an_authority_that_had_ended
        time_stamp_by_an_authority_whose_key_was_compromised time_stamp_by_an_authority_revoked_without_a_reason
        time_stamp_by_an_authority_superseded_before_it time_stamp_by_an_authority_without_a_revocation_list
        time_stamp_from_before_the_end_of_the_collection time_stamp_from_days_later time_stamp_with_its_nonce_changed
        time_stamp_with_its_time_put_back time_stamp_with_its_status_changed time_stamp_with_a_certificate_added
        time_stamp_without_its_certificate time_stamp_with_an_attribute_added
        time_before_the_collection_removed_and_sealed time_before_the_collection_exchanged_and_sealed
        time_before_the_collection_that_no_header_names_and_sealed time_before_the_collection_over_another_challenge_and_sealed
        time_before_the_collection_after_its_first_call_and_sealed time_before_the_collection_that_is_no_answer_and_sealed;
    wrappers:
        pae_wrapper_differs sig_wrapper_is_another_signature sigstore_wrapper_names_another_key sigstore_wrapper_of_another_statement
        sigstore_wrapper_with_a_second_content sigstore_wrapper_with_blanks envelope_with_a_member_that_nobody_signed
        envelope_with_blanks public_key_with_other_line_breaks;
    recording:
        recording_edited_by_hand_and_sealed recording_line_removed_and_sealed recording_line_removed_and_rechained_and_sealed
        recording_line_changed_and_rechained_and_sealed recording_lines_reordered_and_rechained_and_sealed
        recording_segment_missing_and_sealed recording_with_a_foreign_file scope_exchanged_and_sealed recording_torn_and_sealed
        recorded_answer_with_a_repeated_key_and_sealed recorded_secret_denied_and_sealed recorded_time_changed_and_sealed;
    evidence:
        verdict_flipped_and_sealed verdict_flipped_under_another_version_and_sealed finding_removed_and_sealed
        answer_changed_rechained_and_evidence_kept_and_sealed population_row_removed_and_sealed
        catalogue_edited_and_named_and_sealed bundle_id_invented_and_sealed limits_removed_and_sealed;
    inputs:
        journal_of_changes_edited_and_sealed journal_of_changes_cut_at_its_end_and_sealed journal_of_changes_removed_and_sealed
        journal_of_changes_that_no_header_names_and_sealed journal_of_changes_edited_before_the_run_and_not_told_and_sealed
        roster_edited_and_sealed roster_removed_and_sealed roster_that_the_run_never_had_and_sealed access_review_edited_and_sealed
        access_review_removed_and_sealed access_review_that_the_run_never_had_and_sealed approval_altered_and_sealed
        approval_of_another_exception_and_sealed approval_of_a_shorter_exception_and_sealed approval_of_other_words_and_sealed
        approval_by_the_one_who_asked_and_sealed
        approval_under_another_keys_name_and_sealed;
    chain:
        older_bundle_replayed challenge_not_answered not_the_next_of_the_chain;
    log_files:
        log_file_altered_and_sealed digest_file_altered_and_sealed digest_files_signed_by_another_key_and_sealed
        digest_files_by_a_key_of_another_time_and_sealed last_digest_file_without_its_own_signature_and_sealed;
}
