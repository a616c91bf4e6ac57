"""Names and codes of places: "German suppliers" are those whose country is Germany, DE or DEU in the data, and
"Californian shops" those whose state is CA.

Two letters stand for many things, so they count only in a column that holds such codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from deployments.analytics.model.schema import Attribute

Kind = Literal["country", "state", "sex"]

_COUNTRIES = """
United States|US|USA|American|U.S.|U.S.A.|United States of America|America|the States
United Kingdom|UK|GBR|British|GB|Great Britain|Britain
Germany|DE|DEU|German
France|FR|FRA|French
Spain|ES|ESP|Spanish
Italy|IT|ITA|Italian
Portugal|PT|PRT|Portuguese
Netherlands|NL|NLD|Dutch|Holland|The Netherlands
Belgium|BE|BEL|Belgian
Austria|AT|AUT|Austrian
Switzerland|CH|CHE|Swiss
Poland|PL|POL|Polish
Czech Republic|CZ|CZE|Czech|Czechia
Hungary|HU|HUN|Hungarian
Romania|RO|ROU|Romanian
Bulgaria|BG|BGR|Bulgarian
Greece|GR|GRC|Greek
Turkey|TR|TUR|Turkish
Russia|RU|RUS|Russian
Ukraine|UA|UKR|Ukrainian
Sweden|SE|SWE|Swedish
Norway|NO|NOR|Norwegian
Denmark|DK|DNK|Danish
Finland|FI|FIN|Finnish
Iceland|IS|ISL|Icelandic
Ireland|IE|IRL|Irish
Scotland|Scottish
Wales|Welsh
England|English
Canada|CA|CAN|Canadian
Mexico|MX|MEX|Mexican
Brazil|BR|BRA|Brazilian
Argentina|AR|ARG|Argentinian|Argentine
Chile|CL|CHL|Chilean
Colombia|CO|COL|Colombian
Peru|PE|PER|Peruvian
Venezuela|VE|VEN|Venezuelan
Cuba|CU|CUB|Cuban
Australia|AU|AUS|Australian
New Zealand|NZ|NZL|New Zealander
China|CN|CHN|Chinese
Japan|JP|JPN|Japanese
South Korea|KR|KOR|Korean|Korea
India|IN|IND|Indian
Pakistan|PK|PAK|Pakistani
Bangladesh|BD|BGD|Bangladeshi
Indonesia|ID|IDN|Indonesian
Malaysia|MY|MYS|Malaysian
Singapore|SG|SGP|Singaporean
Thailand|TH|THA|Thai
Vietnam|VN|VNM|Vietnamese
Philippines|PH|PHL|Filipino|Philippine
Israel|IL|ISR|Israeli
Egypt|EG|EGY|Egyptian
Saudi Arabia|SA|SAU|Saudi
United Arab Emirates|AE|ARE|UAE|Emirati
South Africa|ZA|ZAF|South African
Nigeria|NG|NGA|Nigerian
Kenya|KE|KEN|Kenyan
Morocco|MA|MAR|Moroccan
Iran|IR|IRN|Iranian
Iraq|IQ|IRQ|Iraqi
"""

_STATES = """
Alabama|AL Alaska|AK Arizona|AZ Arkansas|AR California|CA|Californian Colorado|CO Connecticut|CT Delaware|DE
Florida|FL Georgia|GA Hawaii|HI Idaho|ID Illinois|IL Indiana|IN Iowa|IA Kansas|KS Kentucky|KY Louisiana|LA Maine|ME
Maryland|MD Massachusetts|MA Michigan|MI Minnesota|MN Mississippi|MS Missouri|MO Montana|MT Nebraska|NE Nevada|NV
New_Hampshire|NH New_Jersey|NJ New_Mexico|NM New_York|NY|New_York_State North_Carolina|NC North_Dakota|ND Ohio|OH
Oklahoma|OK Oregon|OR Pennsylvania|PA Rhode_Island|RI South_Carolina|SC South_Dakota|SD Tennessee|TN Texas|TX|Texan
Utah|UT Vermont|VT Virginia|VA Washington|WA|Washington_State West_Virginia|WV Wisconsin|WI Wyoming|WY
District_of_Columbia|DC|Washington_DC Puerto_Rico|PR Alberta|AB British_Columbia|BC Manitoba|MB New_Brunswick|NB
Newfoundland_and_Labrador|NL Nova_Scotia|NS Ontario|ON Prince_Edward_Island|PE Quebec|QC Saskatchewan|SK
"""

_SEXES = ("F|female|woman|women|girls", "M|male|man|men|boys")

_SPOKEN_CODES = ("us", "uk")
"""Codes that people say in any case."""

_NAMED: dict[Kind, frozenset[str]] = {
    "country": frozenset("country nation land".split()), "state": frozenset("state province".split()),
    "sex": frozenset("sex gender".split()),
}  # fmt: skip


def _rows() -> Iterator[tuple[Kind, tuple[str, ...]]]:
    for line in _COUNTRIES.strip().splitlines():
        yield "country", tuple(line.split("|"))
    for entry in _STATES.split():
        yield "state", tuple(entry.replace("_", " ").split("|"))
    for entry in _SEXES:
        yield "sex", tuple(entry.split("|"))


_ALIASES: dict[str, list[tuple[Kind, str]]] = {}
_KNOWN: dict[Kind, set[str]] = {"country": set(), "state": set(), "sex": set()}
for _kind, _names in _rows():
    _KNOWN[_kind].update(name.lower() for name in _names)
    for _name in _names:
        _ALIASES.setdefault(_name.lower(), []).extend((_kind, other) for other in _names if other != _name)
_ALIASES["us"] += [("country", "US")]
_ALIASES["uk"] += [("country", "UK")]


_CONTINENTS = {
    "europe|european": "United Kingdom|Germany|France|Spain|Italy|Portugal|Netherlands|Belgium|Austria|Switzerland|Poland|Czech Republic|Hungary|"
                       "Romania|Bulgaria|Greece|Russia|Ukraine|Sweden|Norway|Denmark|Finland|Iceland|Ireland|Scotland|Wales|England",
    "asia|asian": "China|Japan|South Korea|India|Pakistan|Bangladesh|Indonesia|Malaysia|Singapore|Thailand|Vietnam|Philippines|Israel|"
                  "Saudi Arabia|United Arab Emirates|Iran|Iraq|Turkey",
    "africa|african": "Egypt|South Africa|Nigeria|Kenya|Morocco",
    "north america|north american": "United States|Canada|Mexico",
    "south america|south american|latin america": "Brazil|Argentina|Chile|Colombia|Peru|Venezuela",
    "oceania": "Australia|New Zealand",
}  # fmt: skip
for _spoken, _members in _CONTINENTS.items():
    for _name in _spoken.split("|"):
        # A continent stands for its countries, however the data keeps them.
        _ALIASES[_name] = [
            (kind, spelling)
            for country in _members.split("|")
            for kind, spelling in (("country", country), *_ALIASES.get(country.lower(), ()))
        ]


def aliases_of(phrase: str) -> tuple[tuple[Kind, str], ...]:
    """Other ways in which data may keep what the phrase says, with the kind of thing it is; most usual first.

    Two letters are a code only where they are written in capitals."""
    if len(phrase) < 3 and not phrase.isupper() and phrase.lower() not in _SPOKEN_CODES:
        return ()
    word = phrase.lower()
    found = _ALIASES.get(word) or (_ALIASES.get(word.removesuffix("s")) if len(word) > 4 else None)
    return tuple(found or ())


def kind_of(attribute: Attribute) -> Kind | None:
    """What the attribute's values are names or codes of, by its own name and by its values; None where they are neither.

    >>> from deployments.analytics.model.schema import DataType, Role
    >>> kind_of(Attribute(name="st", label="st", data_type=DataType.TEXT, role=Role.CATEGORY, samples=("CA", "NY", "TX")))
    'state'
    """
    texts = [str(value).strip().lower() for value in attribute.samples]
    words = set(attribute.label.lower().split())
    named: Kind | None = next((kind for kind, names in _NAMED.items() if names & words), None)
    if not texts:
        return named
    shares = {kind: sum(text in known for text in texts) / len(texts) for kind, known in _KNOWN.items()}
    if named is not None:
        return named if shares[named] >= _SOME else None
    best = max(shares, key=lambda kind: shares[kind])
    return best if shares[best] >= _MOST and len(texts) > 1 else None


_SOME, _MOST = 0.3, 0.8
"""Shares of known values from which a column is of a kind: with a name that says so, and without."""
