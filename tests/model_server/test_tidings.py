from model_server.tidings import STALE, Tidings


def test_the_newest_of_each_is_known_until_it_is_stale():
    moment = 0.0
    tidings = Tidings(lambda: moment)
    tidings.hear("a", {"queue": 1}, "a 1")
    moment = STALE / 2
    tidings.hear("b", {"queue": 2}, "b 1")
    tidings.hear("a", {"queue": 3}, "a 2")
    assert list(tidings.states()) == [{"queue": 3}, {"queue": 2}]
    assert tidings.figures() == {"a": "a 2", "b": "b 1"}
    moment = STALE
    tidings.hear("b", {"queue": 4}, "b 2")
    moment = STALE * 1.6
    assert tidings.figures() == {"b": "b 2"}
