"""Options find their settings; what is given wins over the preset, the preset over the defaults."""

import pytest

from chargen.errors import OptionError
from chargen.text.settings import DEFAULTS, default, settle


def test_defaults() -> None:
    settings = settle({})
    assert settings.training.recipe == "stream"
    assert settings.training.seqlen == 30
    assert settings.samples.temperature == (0.5,)
    assert not settings.normalising.lowercase


def test_longer_texts_have_defaults_of_their_own() -> None:
    middle, large, huge = list(DEFAULTS)[1:]
    short = settle({}, None, middle - 1)
    assert short == settle({})
    assert settle({}, None, middle).model["dropout"] == DEFAULTS[middle]["dropout"] < short.model["dropout"]
    assert settle({}, None, large - 1).training.batch_size == short.training.batch_size
    assert settle({}, None, large).training.batch_size == DEFAULTS[large]["batch_size"] > short.training.batch_size
    assert settle({}, None, large).model == settle({}, None, middle).model
    assert settle({"recipe": "classic"}, None, large).training == settle({"recipe": "classic"}).training
    assert settle({"dropout": 0.4}, None, large).model["dropout"] == 0.4
    assert settle({}, "textbook", large).model["dropout"] == 0
    assert settle({}, None, huge).training.validation == 0.01 < settle({}, None, huge - 1).training.validation
    assert settle({"validation": 0.2}, None, huge).training.validation == 0.2


def test_weight_decay_is_for_adams_step_sizes() -> None:
    assert settle({}).training.weight_decay == DEFAULTS[0]["weight_decay"] > 0
    for optimizer in ("sgd", "rmsprop"):
        assert settle({"optimizer": optimizer}).training.weight_decay == 0
    assert settle({"optimizer": "sgd", "weight_decay": 0.1}).training.weight_decay == 0.1


def test_each_option_finds_its_place() -> None:
    settings = settle({"cell": "lstm", "units": 7, "epochs": 3, "lowercase": True, "length": 9, "seqlen": None})
    assert dict(settings.model)["cell"] == "lstm"
    assert dict(settings.model)["units"] == 7
    assert settings.training.epochs == 3
    assert settings.training.seqlen == 30
    assert settings.normalising.lowercase
    assert settings.samples.length == 9


def test_given_options_win_over_the_preset() -> None:
    settings = settle({"seqlen": 12, "validation": 0.2, "ascii": True}, "textbook")
    assert settings.training.seqlen == 12
    assert settings.training.validation == 0.2
    assert settings.normalising.ascii == "transliterate"
    assert settings.training.optimizer == "rmsprop"
    assert settings.training.batch_size == 128
    assert settle({}, "textbook").normalising.ascii == "drop"
    assert settle({}, "textbook").samples.temperature == (0,)


def test_every_preset_settles() -> None:
    assert settle({}, "quick").training.iterations < settle({}).training.iterations
    best = settle({"iterations": 7}, "best").training
    assert (best.schedule, best.schedule_iterations) == ("cosine", 7)
    assert settle({}, "textbook").training.schedule == "constant"


def test_an_unknown_option_is_answered_with_the_nearest() -> None:
    with pytest.raises(OptionError, match=r"no option 'unit' \(did you mean 'units'"):
        settle({"unit": 3})


def test_an_unknown_preset() -> None:
    with pytest.raises(OptionError, match=r"--preset is 'texbook' .did you mean 'textbook'"):
        settle({}, "texbook")


def test_a_wrong_value_is_told_before_any_text_is_read() -> None:
    with pytest.raises(OptionError, match=r"--units is 0"):
        settle({"units": 0})


def test_what_help_shows_is_what_holds() -> None:
    settings = settle({})
    assert default("seqlen") == settings.training.seqlen
    assert default("dropout") == settings.model["dropout"]
    assert default("cell") == "gru"
    assert default("nonsense") is None


@pytest.mark.parametrize("option", ["skip", "output_activation", "frozen", "inputs", "outputs"])
def test_what_networks_of_numbers_have_is_no_option_of_text(option: str) -> None:
    with pytest.raises(OptionError, match=f"no option '{option}'"):
        settle({option: 3})


def test_a_text_is_not_learnt_online() -> None:
    with pytest.raises(OptionError, match=r"--recipe is 'online'; it takes stream or classic"):
        settle({"recipe": "online"})
