from benchmarks.divergence import Divergence, compared, table


def test_texts_that_part_are_counted_and_so_are_their_other_tokens():
    found = compared("int4", "greedy", "alone, 8 at once", [(1, 2, 3, 4), (1, 2)], [(1, 2, 9, 9), (1, 2)])
    assert found == Divergence(
        "int4", "greedy", "alone, 8 at once", share=2 / 6, first=1 / 5, parted=1, texts=2
    )
    assert table([found]).splitlines()[1].split()[-5:] == ["33.3%", "20.00%", "1", "of", "2"]
