"""Demonyms and country codes: "German suppliers" are those whose country is Germany, DE or DEU in the data."""

from __future__ import annotations

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

_CODES = {
    "female": ("F", "female", "woman"), "male": ("M", "male", "man"), "women": ("F", "female"), "men": ("M", "male"),
    "woman": ("F", "female"), "man": ("M", "male"), "girls": ("F", "female"), "boys": ("M", "male"),
}  # fmt: skip

_ALIASES: dict[str, tuple[str, ...]] = dict(_CODES)
for _line in _COUNTRIES.strip().splitlines():
    _names = tuple(_line.split("|"))
    for _name in _names:
        if len(_name) > 2:
            _ALIASES[_name.lower()] = tuple(other for other in _names if other != _name)
_ALIASES["us"] = _ALIASES["usa"] + ("USA",)
_ALIASES["uk"] = _ALIASES["gbr"] + ("GBR",)


def aliases_of(phrase: str) -> tuple[str, ...]:
    """Other ways in which data may keep what the phrase says; most usual first."""
    return _ALIASES.get(phrase.lower(), ())
