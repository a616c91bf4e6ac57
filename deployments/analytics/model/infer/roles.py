"""Sixth pass: what each column is for."""

from __future__ import annotations

from deployments.analytics.model.infer.affinity import identifies
from deployments.analytics.model.infer.draft import Column, Schema, quoted
from deployments.analytics.model.schema import DataType, Role

_RATE = frozenset(
    "price rate age score percent percentage ratio average avg mean median rating temperature latitude longitude height width depth gpa rank ranking "
    "level index speed elevation altitude share discount density margin priority grade star latency probability confidence version "
    "limit threshold minimum maximum highest lowest high low target apr interest humidity pressure size length range radius weight "
    "floor position ordinal order sequence month week day weekday quarter hour minute likelihood lat lon longitude northing easting bearing angle frequency".split()
)
_ADDITIVE = frozenset(
    "amount total revenue sale sales profit quantity count spend spent spending expense expenses cost tax fee charge payment payments paid balance budget points premium premiums principal "
    "killed injured deaths votes likes views visits clicks impressions downloads minutes hours seconds days tickets units volume duration salary bonus income "
    "wage earnings population area stock inventory credits credit debit refund commission donation deposit withdrawal value sold attendance goals wins losses enrolled capacity tonnage hand".split()
)
_CODES = frozenset(
    "phone telephone mobile cell fax zip postcode postal ssn isbn issn sku barcode iban swift vin ip mac ean upc license passport account social".split()
)
_CODE_LAST = frozenset(
    "code number id key identifier token hash ssn sku isbn zip postcode phone telephone fax email mail url uri homepage website login username password".split()
)
_ABOUT_AN_ACCOUNT = frozenset(
    "manager owner holder executive representative type status segment category class tier name".split()
)
"""At the end of a name these say what an account or a license has, and not which one it is."""
_COUNTED = frozenset("number count".split())
_NUMBERED = frozenset(
    "order account invoice phone flight room house section serial track version ticket card policy license employee part model batch lot tracking line "
    "street building gate seat train bus fax contact bank routing page chapter week day month registration member document case file ref purchase po customer item product version".split()
)
_FLAG_FIRST = frozenset("is has was can should allow allows does did are have had will active enabled deleted".split())
_FLAG_WORDS = _FLAG_FIRST | frozenset(
    "flag indicator active enabled deleted required open available valid visible verified subscribed approved paid default primary current".split()
)
_SINCE = frozenset(
    "start started from since founded established built opened introduced end ended until released born joined".split()
)
_LONG_TEXT = frozenset(
    "description comment note notes text abstract summary body content message details detail remark remarks bio review introduction narrative".split()
)
_UNIT_FRACTION = frozenset("percent percentage rate ratio share discount margin probability".split())
_YES = frozenset(("y", "yes", "t", "true", "1"))
_NO = frozenset(("n", "no", "f", "false", "0"))


def give_roles(schema: Schema) -> None:
    """Fill the role of every column, flag values, units, and the casts of numbers kept as text."""
    for table in schema.tables:
        pointing = {name for link in schema.links_of(table) for name in link.columns}
        for column in table.columns:
            if table.key == (column.name,):
                column.role = Role.KEY
            elif column.name in pointing:
                column.role = Role.REFERENCE
            elif column.name in table.key and identifies(column):
                column.role = Role.KEY
            else:
                column.role = _role(column)
            if column.role is Role.RATE and _UNIT_FRACTION & set(column.words) and _within(column, 0, 1):
                column.unit = "%"
    _cast_references(schema)


def _role(column: Column) -> Role:
    if column.data_type.is_time or column.data_type is DataType.TIME:
        return Role.TIME
    if _flag(column):
        return Role.FLAG
    if column.data_type is DataType.TEXT and column.text_numbers and not _is_code(column):
        _cast_numbers(column)
    if column.data_type.is_number:
        return _number_role(column)
    if column.data_type is DataType.TEXT:
        return _text_role(column)
    return Role.CATEGORY if column.data_type is DataType.BOOLEAN else Role.TEXT


def _flag(column: Column) -> bool:
    """Two values that mean yes and no; how they are written may vary in case. 1 and 0 need a name that asks yes or no."""
    if column.data_type is DataType.BOOLEAN:
        column.true_values, column.false_values = (True,), (False,)
        return True
    if not column.complete_samples or not 1 <= len(column.samples) <= 6 or column.expression:
        return False
    spoken = bool(_FLAG_WORDS & set(column.words))
    texts = {str(value).strip().lower() for value in column.samples}
    if len(texts) > 2 or not texts <= _YES | _NO or (not spoken and (texts <= {"0", "1"} or len(texts) == 1)):
        return False
    column.true_values = tuple(value for value in column.samples if str(value).strip().lower() in _YES)
    column.false_values = tuple(value for value in column.samples if str(value).strip().lower() in _NO)
    return len(texts) == 1 or bool(column.true_values and column.false_values)


def _number_role(column: Column) -> Role:
    words = set(column.words)
    last = column.words[-1] if column.words else ""
    if _is_year(column):
        return Role.YEAR
    if _is_code(column):
        return Role.CODE
    if column.unit == "%":
        return Role.RATE
    if column.words[:1] == ("number",) or last in ("count", "counts"):
        return Role.ADDITIVE
    if column.words[:1] == ("average",) or last in _RATE:
        return Role.RATE
    if last in _ADDITIVE or column.words[:1] == ("total",):
        return Role.ADDITIVE
    if words & _RATE:
        return Role.RATE
    if words & _ADDITIVE or last in _COUNTED:
        return Role.ADDITIVE
    return Role.ADDITIVE if column.data_type is DataType.INTEGER and last.endswith("s") else Role.RATE


def _is_year(column: Column) -> bool:
    if not column.data_type.is_number or column.data_type is DataType.DECIMAL:
        return False
    if "year" in column.words or "years" in column.words[-1:]:
        return _within(column, 1000, 2200)
    return bool(_SINCE & set(column.words)) and _within(column, 1700, 2100) and column.distinct > 1


def _is_code(column: Column) -> bool:
    words = set(column.words)
    last = column.words[-1] if column.words else ""
    if words & _CODES and not words & (_ADDITIVE - {"credit"}) and last not in _ABOUT_AN_ACCOUNT:
        return True
    if last == "number":
        before = column.words[-2] if len(column.words) > 1 else ""
        if before in _NUMBERED or not before or column.data_type is DataType.TEXT:
            return True
        # "citation number" counts small things again and again; an identifying number hardly repeats.
        return column.distinct > 0.9 * max(column.filled, 1) and (_low(column) > 100)
    return last in _CODE_LAST


def _text_role(column: Column) -> Role:
    last = column.words[-1] if column.words else ""
    if column.average_length > 80 or (last in _LONG_TEXT and column.average_length > 30):
        return Role.TEXT
    if _is_code(column):
        return Role.CODE
    return Role.CATEGORY


def _cast_numbers(column: Column) -> None:
    kind = "BIGINT" if column.text_numbers is DataType.INTEGER else "DOUBLE"
    column.expression = f"TRY_CAST(trim({quoted(column.name)}) AS {kind})"
    column.data_type = DataType.INTEGER if kind == "BIGINT" else DataType.FLOAT
    column.stored_as_text = True
    numbers = [_as_number(value, kind) for value in column.samples]
    known = [number for number in numbers if number is not None]
    column.samples = tuple(dict.fromkeys(known))
    if known:
        # Exact only where all values are samples; otherwise bounds are left open rather than wrong.
        column.minimum, column.maximum = (min(known), max(known)) if column.complete_samples else (None, None)


def _as_number(value: object, kind: str) -> int | float | None:
    try:
        return int(str(value).strip()) if kind == "BIGINT" else float(str(value).strip())
    except ValueError:
        return None


def _cast_references(schema: Schema) -> None:
    """A text that points at a number, or the other way about, is compared as a number."""
    for link in schema.links:
        for name, to_name in zip(link.columns, link.to_columns, strict=True):
            one, other = link.table.by_name[name], link.to_table.by_name[to_name]
            if one.data_type.is_number != other.data_type.is_number:
                text = other if one.data_type.is_number else one
                if text.text_numbers:
                    _cast_numbers(text)


def _within(column: Column, low: float, high: float) -> bool:
    if column.minimum is None or column.maximum is None:
        values = [value for value in column.samples if isinstance(value, int | float)]
        return bool(values) and low <= min(values) and max(values) <= high
    return bool(low <= float(column.minimum) and float(column.maximum) <= high)


def _low(column: Column) -> float:
    try:
        return float(column.minimum)
    except (TypeError, ValueError):
        return 0.0
