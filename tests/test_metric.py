"""The metric contract: fields, names, signatures, counts, units, and what refuses to parse."""

import dataclasses
import pickle

import pytest

import roadmetrics as rm
from roadmetrics.errors import RoadMetricsError, SignatureError, UnitError
from roadmetrics.metric import Unit, harmonic_mean, ratio, split_name

NAMES = list(rm.METRICS)
PRESETS = [(name, preset) for name in NAMES for preset in rm.METRICS[name].presets]
ROAD = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)])
NOTHING = rm.RoadGraph([], [])


def metres(graph):
    return graph.scaled(1.0)


@pytest.mark.parametrize("name", NAMES)
class TestEveryMetric:
    def test_name_is_registered_and_reachable(self, name):
        assert rm.METRICS[name].name == name
        assert rm.get(name) == rm.METRICS[name]() == getattr(rm, name)

    def test_signature_gives_the_metric_back(self, name):
        metric = rm.get(name)
        assert rm.get(str(metric)) == metric
        assert hash(rm.get(str(metric))) == hash(metric)

    def test_signature_names_every_field_once(self, name):
        metric = rm.get(name)
        head, _, given = split_name(str(metric))
        assert head == name
        assert set(given) == {f.name for f in dataclasses.fields(metric)} | {"revision"}

    def test_signature_of_a_score_names_its_unit(self, name):
        metric = rm.get(name)
        assert ",unit=px," in metric(ROAD, ROAD).signature
        assert ",unit=m," in metric(metres(ROAD), metres(ROAD)).signature
        assert metric(ROAD, ROAD).signature != metric(metres(ROAD), metres(ROAD)).signature

    def test_another_revision_is_refused(self, name):
        with pytest.raises(SignatureError, match=f"{name}: revision 999 is asked for"):
            rm.get(f"{name},revision=999")

    def test_every_field_has_a_source_and_a_meaning(self, name):
        for f in dataclasses.fields(rm.METRICS[name]):
            assert f.metadata["constant"].source, f.name
            assert f.metadata["what"], f.name
            assert f.metadata["constant"].value == f.default

    def test_class_names(self, name):
        cls = rm.METRICS[name]
        assert cls.headline in cls.perfect
        assert list(cls.perfect) == list(cls.failed)
        assert cls.lower_is_better <= set(cls.perfect)
        assert cls.published in ("mean", "pooled", "mean_parts")
        for text in (cls.title, cls.reference, cls.formula):
            assert text
            assert "\n" not in text

    def test_counts_hold_what_the_empty_rule_needs(self, name):
        names = {f.name for f in dataclasses.fields(rm.METRICS[name].counts_type)}
        assert {"n_tiles", "gt_length", "pred_length"} <= names

    def test_fields_are_frozen(self, name):
        metric = rm.get(name)
        with pytest.raises(dataclasses.FrozenInstanceError):
            metric.unit = Unit.M

    def test_positional_arguments_are_refused(self, name):
        with pytest.raises(TypeError):
            rm.METRICS[name](5.0)

    def test_units_must_agree(self, name):
        with pytest.raises(UnitError, match="the ground truth is in px and the prediction in m"):
            rm.get(name)(ROAD, metres(ROAD))

    def test_metres_refuse_pixels_and_say_what_to_do(self, name):
        with pytest.raises(UnitError, match=r"--gsd METRES"):
            rm.get(f"{name},unit=m")(ROAD, ROAD)

    def test_pixels_refuse_metres(self, name):
        with pytest.raises(UnitError, match="parameters are in pixels"):
            rm.get(f"{name},unit=px")(metres(ROAD), metres(ROAD))

    def test_explain_checks_units_too(self, name):
        with pytest.raises(UnitError):
            rm.get(f"{name},unit=m").explain(ROAD, ROAD)

    def test_counts_of_no_tile_are_refused(self, name):
        metric = rm.get(name)
        with pytest.raises(RoadMetricsError, match="there is no tile to score"):
            metric.score(metric.counts_type.zero())

    def test_counts_of_another_metric_are_refused(self, name):
        with pytest.raises(RoadMetricsError, match="cannot score"):
            rm.get(name).score(rm.Counts(n_tiles=1))

    def test_counts_of_another_metric_do_not_add(self, name):
        with pytest.raises(TypeError, match="cannot add"):
            rm.METRICS[name].counts_type.zero() + rm.Counts()

    def test_score_prints_in_one_line(self, name):
        score = rm.get(name)(ROAD, ROAD)
        assert float(score) == score.value == 1.0
        assert "\n" not in str(score)
        assert score.signature in str(score)

    def test_empty_tiles_beside_full_ones(self, name):
        metric = rm.get(name)
        full, empty = metric.count(ROAD, ROAD), metric.count(NOTHING, NOTHING)
        assert metric.score(full + empty).value == 1.0
        assert metric.score(empty + empty).value == 1.0
        assert metric.score(metric.count(ROAD, NOTHING) + empty).value == 0.0


@pytest.mark.parametrize(("name", "preset"), PRESETS)
class TestEveryPreset:
    def test_is_found_by_name_and_parses_back(self, name, preset):
        metric = rm.get(f"{name}:{preset}")
        assert metric == rm.METRICS[name].from_preset(preset)
        assert rm.get(str(metric)) == metric
        assert pickle.loads(pickle.dumps(metric)) == metric

    def test_every_constant_has_a_source(self, name, preset):
        entry = rm.METRICS[name].presets[preset]
        fields = {f.name for f in dataclasses.fields(rm.METRICS[name])}
        assert entry.summary
        assert set(entry.constants) <= fields
        for constant in entry.constants.values():
            assert constant.source
            assert isinstance(constant.is_stated, bool)

    def test_a_field_overrides_a_preset(self, name, preset):
        plain = rm.get(f"{name}:{preset}")
        unit = Unit.PX if plain.unit is not Unit.PX else Unit.M
        assert rm.get(f"{name}:{preset},unit={unit.value}") == dataclasses.replace(plain, unit=unit)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a metric is NAME"),
        (",", "a metric is NAME"),
        (":oner2021", "a metric is NAME"),
        ("ccq,", "a metric is NAME"),
        ("ccq,slack", "a metric is NAME"),
        ("ccq,slack=", "a metric is NAME"),
        ("ccq,=5", "a metric is NAME"),
        ("ccq,slack=5,slack=5", "gives a field twice"),
        ("nonsense", "there is no metric 'nonsense': there are .*ccq"),
        ("CCQ", "there is no metric 'CCQ'"),
        ("ccq:nonsense", "ccq has no preset 'nonsense': it has citraro2020"),
        ("ccq,width=5", "ccq has no field 'width': it has .*slack"),
        ("ccq,slack=wide", "ccq: slack=wide is not float"),
        ("ccq,slack=nan", "ccq: slack=nan is not a number of at least 0"),
        ("ccq,slack=-1", "ccq: slack=-1 is not a number of at least 0"),
        ("ccq,slack=inf", "ccq: slack=inf is not a number of at least 0"),
        ("apls,no_route=7", "apls: no_route=7 is not a number from 0 to 1"),
        ("apls,both_empty=0.5", "apls: both_empty=0.5 is not int"),
        ("ccq,domain=nonsense", "ccq: domain=nonsense is not vector or pixel"),
        ("ccq,unit=feet", "ccq: unit=feet is not any or px or m"),
        ("ccq,revision=one", "ccq: revision one is asked for"),
        ("ccq slack=5", "there is no metric"),
    ],
)
def test_what_does_not_parse(text, message):
    with pytest.raises(SignatureError, match=message) as caught:
        rm.get(text)
    assert "\n" not in str(caught.value)


def test_values_are_coerced_to_their_type():
    metric = rm.get("ccq,slack=8,domain=pixel")
    assert (type(metric.slack), metric.domain.value) == (float, "pixel")
    assert rm.get("ccq,slack=8") == rm.get("ccq,slack=8.0") == rm.METRICS["ccq"](slack=8)
    assert ",slack=8.0," in str(rm.get("ccq,slack=8"))


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-300, 1e300, 5e-324])
def test_every_float_survives_its_signature(value):
    metric = rm.METRICS["ccq"](slack=value)
    assert rm.get(str(metric)).slack == value


def test_whitespace_around_a_name_is_ignored():
    assert rm.get(" ccq ") == rm.get("ccq")


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = rm.nonsense


def test_ratio_and_harmonic_mean_meet_no_zero_division():
    assert (ratio(1.0, 0.0), ratio(1.0, 4.0)) == (0.0, 0.25)
    assert (harmonic_mean(0.0, 0.0), harmonic_mean(1.0, 0.0), harmonic_mean(0.5, 1.0)) == (
        0.0, 0.0, 2 / 3)  # fmt: skip
