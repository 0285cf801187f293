"""The hostile repositories: each way in which the files of a branch could have the reader's machine do something."""

from __future__ import annotations

from tests.security import brought, links, repositories
from tests.security.cases import HOSTILE, Hostile, hostile
from tests.security.stage import Stage

__all__ = ["HOSTILE", "Hostile", "links"]


@hostile(committed=False)
def _much_at_once(stage: Stage) -> None:
    repositories.names_with_line_breaks(stage)
    brought.tracked_caches(stage)
    brought.python_in_the_folder(stage)
    repositories.submodules(stage)
    repositories.checked_out_submodule_with_programs_in_its_settings(stage)
    repositories.hooks_by_a_path_into_the_files(stage)
    repositories.settings_of_git_in_the_files_that_the_user_includes(stage)
    repositories.programs_in_the_users_own_settings_and_attributes_in_the_files(stage)


@hostile(says=repositories.APPROVALS, committed=False)
def _much_that_git_believes(stage: Stage) -> None:
    repositories.tag_and_branch_named_like_the_base(stage)
    repositories.grafts_mailmap_and_alternates(stage)
    repositories.replaced_objects(stage)
