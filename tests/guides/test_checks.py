from guides.checks import content_files


def test_the_content_files_are_well_made() -> None:
    assert content_files() == []
