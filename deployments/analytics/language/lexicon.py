"""The closed classes of English that a question is built with, as data: no word of any one domain stands here.

Entries are lemma or surface phrases; the longest phrase wins. Each maps to (tag, payload).
"""

from __future__ import annotations

from deployments.analytics.language.text import stem_of
from deployments.contracts.query import Direction, Function, Grain, Operator

Entry = tuple[str, object]


def _table(tag: str, entries: dict[str, object]) -> dict[tuple[str, ...], Entry]:
    return {
        tuple(phrase.split()): (tag, payload) for phrases, payload in entries.items() for phrase in phrases.split("|")
    }


AGGREGATES = _table("agg", {
    "average|avg|mean|on average|the average|average of|mean of": Function.AVG,
    "total|sum|sum of|total of|combined|altogether|sum total|summed": Function.SUM,
    "maximum|max|maximum of": Function.MAX,
    "minimum|min|minimum of": Function.MIN,
    "median|median of": Function.MEDIAN,
    "standard deviation|standard deviation of|std dev|stddev|spread": Function.STDDEV,
    "variance|variance of": Function.VARIANCE,
})  # fmt: skip

COUNTS = _table("count", {
    "how many|number of|the number of|count of|count|total number of|total count of|nr of|no of|no . of|num of|# of|#|"
    "how many times|the total number of|counts of|how often|numbers of|quantity of|tally of|volume of|"
    "headcount|head count|total count|total amount of|the count of|counts": Function.COUNT,
})  # fmt: skip

COMPARATORS = _table("cmp", {
    "more than|greater than|larger than|bigger than|higher than|over|above|exceed|exceeding|exceeds|in excess of|"
    "upwards of|>|great than|better than|beyond|above the|over the|be over|be above": Operator.GT,
    "less than|fewer than|smaller than|lower than|under|below|beneath|<|worse than|be under|be below": Operator.LT,
    "at least|no less than|not less than|no fewer than|minimum of|not lower than|not smaller than|>=|a minimum of|"
    "not under|not below|greater than or equal to|more than or equal to|higher than or equal to|larger than or equal to|not fewer than": Operator.GE,
    "at most|no more than|not more than|not greater than|not higher than|maximum of|up to|not exceed|<=|not over|"
    "not above|a maximum of|not larger than|less than or equal to|fewer than or equal to|lower than or equal to|smaller than or equal to": Operator.LE,
    "exactly|equal to|equals|=|equal|precisely|be equal to": Operator.EQ,
    "!=|<>|not equal to|not equal|not the same as|be not the same as|differ from|deviate from": Operator.NE,
    "between": "between",
})  # fmt: skip

SUFFIX_COMPARATORS = _table("suffix", {
    "or more|or above|or over|or higher|or greater|or older|or later|and above|and over|and older|and more|and up|plus|+|"
    "or better": Operator.GE,
    "or less|or fewer|or below|or under|or lower|or younger|or earlier|and below|and under|and younger|and less":
        Operator.LE,
})  # fmt: skip

# A gradable adjective: the attributes that it measures (words an attribute's label may hold) and which way is "more".
_UP, _DOWN = Direction.DESC, Direction.ASC
_AGE = (
    ("age", _UP),
    ("birth date", _DOWN),
    ("date of birth", _DOWN),
    ("birthday", _DOWN),
    ("birth year", _DOWN),
    ("founded", _DOWN),
    ("year", _DOWN),
    ("open year", _DOWN),
    ("opened", _DOWN),
    ("date", _DOWN),
    ("time", _DOWN),
)


def _flip(hints: tuple[tuple[str, Direction], ...]) -> tuple[tuple[str, Direction], ...]:
    return tuple((name, _DOWN if way is _UP else _UP) for name, way in hints)


_TIME = (("date", _UP), ("time", _UP), ("year", _UP), ("at", _UP), ("on", _UP), ("month", _UP))
_SIZE = (
    ("size", _UP),
    ("area", _UP),
    ("population", _UP),
    ("capacity", _UP),
    ("amount", _UP),
    ("total", _UP),
    ("number", _UP),
    ("value", _UP),
)
_PRICE = (("price", _UP), ("cost", _UP), ("fare", _UP), ("fee", _UP), ("rate", _UP), ("amount", _UP), ("charge", _UP))
_LENGTH = (
    ("length", _UP),
    ("duration", _UP),
    ("distance", _UP),
    ("elapsed", _UP),
    ("minutes", _UP),
    ("time", _UP),
    ("days", _UP),
    ("hours", _UP),
    ("span", _UP),
    ("wait", _UP),
)
_HEIGHT = (("height", _UP), ("altitude", _UP), ("elevation", _UP), ("stature", _UP))
_PAY = (
    ("salary", _UP),
    ("pay", _UP),
    ("wage", _UP),
    ("income", _UP),
    ("earnings", _UP),
    ("hourly rate", _UP),
    ("compensation", _UP),
)

GRADABLE: dict[str, tuple[tuple[str, Direction], ...]] = {
    "old": _AGE, "young": _flip(_AGE), "new": _TIME, "late": _TIME, "recent": _TIME, "early": _flip(_TIME),
    "large": _SIZE, "big": _SIZE, "small": _flip(_SIZE), "cheap": _flip(_PRICE), "expensive": _PRICE, "costly": _PRICE,
    "pricey": _PRICE, "long": _LENGTH, "short": _flip(_LENGTH) + _flip(_HEIGHT), "tall": _HEIGHT,
    "heavy": (("weight", _UP), ("mass", _UP)), "light": (("weight", _DOWN), ("mass", _DOWN)),
    "fast": (("speed", _UP), ("duration", _DOWN), ("time", _DOWN)),
    "slow": (("speed", _DOWN), ("duration", _UP), ("time", _UP)),
    "paid": _PAY, "rich": _PAY, "recently": _TIME, "populous": (("population", _UP),), "populated": (("population", _UP),),
    "dense": (("density", _UP),), "wide": (("width", _UP),), "deep": (("depth", _UP),),
    "high": _HEIGHT, "low": _flip(_HEIGHT), "rated": (("rating", _UP), ("score", _UP), ("stars", _UP)),
    "experienced": (("experience", _UP), ("tenure", _UP), ("hired", _DOWN), ("start", _DOWN)),
    "senior": (("hired", _DOWN), ("start", _DOWN)),
}  # fmt: skip

AGES = frozenset("old young new late recent early".split())
"""The adjectives that say when something began."""

# Superlatives without an attribute of their own: what follows says of what.
SUPERLATIVES = _table("sup", {
    "most|highest|largest|biggest|greatest|maximum|max|top|best|the most|the highest|the largest|the greatest|"
    "the maximum|highest number of|largest number of|greatest number of|most number of|the most number of|"
    "the highest number of|the largest number of|the greatest number of|maximum number of|the maximum number of|"
    "best selling|top selling|best - selling|top - selling|"
    "the top|largest amount of|highest amount of|greatest amount of|most amount of|the biggest|the best": _UP,
    "least|fewest|lowest|smallest|minimum|min|bottom|worst|the least|the fewest|the lowest|the smallest|the minimum|"
    "worst selling|"
    "fewest number of|least number of|lowest number of|smallest number of|the fewest number of|the least number of|"
    "the lowest number of|the smallest number of|minimum number of|least amount of|the worst|the bottom": _DOWN,
})  # fmt: skip

# Superlatives of how often something occurs: by the number of its rows.
FREQUENCY = _table("frequent", {
    "most common|most popular|most frequent|most frequently|most often|most used|most frequently used|commonest|"
    "busiest|most active|most frequented|most numerous|most commonly|most commonly used|most frequently done|"
    "most often used|most prevalent|most prolific|most visited": _UP,
    "least common|least popular|least frequent|least used|rarest|least often|least frequently|least active|"
    "least busy|quietest|least commonly|least frequently used": _DOWN,
})  # fmt: skip

GROUPING = _table("group", {
    "by each|per|for each|for every|in each|in every|of each|of every|each|every|across|grouped by|group by|"
    "broken down by|split by|by every|from each|at each|within each|on each|with each|to each|across all|"
    "for all the different|segmented by|breakdown by|per each|for each of|for each of the|in each of|"
    "depending on|according to|along|corresponding to each|from every|at every|by different|for different|"
    "in different|of different|aggregated by|break down by|"
    "break that down by|break it down by|break this down by|break them down by|break those down by|"
    "break out by|break it out by|break that out by|split this by|split them by|split those by|split these by|split that by|split it by|"
    "broken out by|sliced by|slice by|drill down to|drill down by|drill down into|drill into|drill to|roll up to|roll up by|"
    "drill up to|aggregate to|aggregate by": None,
    "by": "by",
})  # fmt: skip

ORDERING = _table("order", {
    "order by|ordered by|sort by|sorted by|in order of|rank by|ranked by|arranged by|arrange by|order them by|"
    "sort them by|sort it by|order the result by|ordered according to|sorted according to|in the order of|"
    "sort the list by|sort the results by|sort the result by|order the results by|order it by|sorted on|sort on|"
    "ordering by|ordered on|listed by|ordered": None,
    "in descending order of|in descending order by|in decreasing order of|descending by|from highest to lowest|"
    "from high to low|in the descending order of|from most to least|from largest to smallest|in reverse order of|"
    "from the highest to the lowest|sorted in descending order of|ordered in descending order of|"
    "sorted in descending order by|in decreasing order by|sort by descending|from the most to the least|"
    "from biggest to smallest|by descending order of|in descending of|in descending alphabetical order of": _UP,
    "in ascending order of|in ascending order by|in increasing order of|ascending by|from lowest to highest|"
    "from low to high|in the ascending order of|in alphabetical order of|alphabetically by|from least to most|"
    "from smallest to largest|from the lowest to the highest|in ascending alphabetical order of|"
    "in alphabetic order of|in alphabetical order by|in lexicographical order of|in lexicographic order of|"
    "by ascending order of|by alphabetical order of|from the least to the most|in increasing order by|"
    "sorted in ascending order of|ordered in ascending order of|in ascending of": _DOWN,
})  # fmt: skip

DIRECTIONS = _table("direction", {
    "in descending order|descending|desc|in decreasing order|highest first|largest first|biggest first|most first|"
    "newest first|latest first|in reverse order|decreasing|highest to lowest|high to low|in the descending order|"
    "most recent first|reversed|in reverse|in reverse alphabetical order|in reverse lexicographical order|"
    "in reversed lexicographical order|in descending alphabetical order|oldest to youngest|from oldest to youngest|"
    "from the oldest to the youngest|most recent to least recent|largest to smallest|the highest first|"
    "from old to young|old to young|best first|top first|from latest to earliest|from newest to oldest|latest to earliest|descendingly|"
    "in reverse alphabetic order|from z to a": _UP,
    "in ascending order|ascending|asc|in increasing order|lowest first|smallest first|least first|oldest first|"
    "earliest first|in alphabetical order|alphabetically|in alphabetic order|in lexicographical order|"
    "in lexicographic order|increasing|lowest to highest|low to high|in the ascending order|alphabetical order|"
    "in ascending alphabetical order|youngest to oldest|from youngest to oldest|from the youngest to the oldest|"
    "smallest to largest|in chronological order|chronologically|worst first|the lowest first|"
    "from earliest to latest|from oldest to newest|earliest to latest|ascendingly|from a to z|"
    "in the alphabetical order|by alphabetical order|lexicographically|in alphabetical": _DOWN,
})  # fmt: skip

NEGATIONS = _table("neg", {
    "not|no|never|without|except|excluding|exclude|other than|except for|excluding the|but not|not have|not in|"
    "nothing|nobody|no one|do not|do not have|do not have any|be not|have not|have no|not any|without any|have never|never have|"
    "with no|not yet|nor|neither|neither of|outside|outside of|apart from|aside from|besides|minus|ignoring|ignore|"
    "leave out|leaving out|drop|none of|have not any|non|not be|be never|not use|excludes|lack|lacking|missing|"
    "be missing|not been|have not been|have never been|can not|with no any|not to|omit|omitting|skip": True,
})  # fmt: skip

DISTINCT = _table("distinct", {
    "distinct|different|unique|distinctive|various|separate|individual|deduplicated|"
    "differing": True,
})  # fmt: skip

CALCULATIONS = _table("calc", {
    "share|share of|percent of|percentage of|proportion of|% of|percentage|proportion|percent share|contribution|"
    "contribution to|in percent|in percentage|as a share|as a percentage|as percentage|as percent|as a percent|"
    "fraction of|percent|%|pct of|pct|percentages|as a share of total|as a proportion|market share|mix|"
    "as a percentage of total|as a fraction|as % of total|as % of the total|as a % of total|as a % of the total|as percent of total|"
    "as percentage of total|as a percentage of the total|as a share of the total|in %|as %|as a %": "share",
    "cumulative|running total|running total of|cumulatively|running sum|running|cumulated|accumulated|"
    "cumulative total|cumulative sum|running sum of": "running",
    "moving average|rolling average|moving average of|rolling average of|rolling mean|trailing average": "moving",
    "growth|growth rate|growth in|grew|grow|grown|grows|shrank|shrunk|fell|dropped|declined|rose|increased|decreased|change in|percent change|percentage change|change|growth of|mom growth|yoy growth|"
    "mom|yoy|qoq|wow|month over month|year over year|quarter over quarter|week over week|month on month|"
    "year on year|quarter on quarter|month-over-month|year-over-year|increase in|rate of change|growing": "growth",
    "ratio of|ratio between|ratio|the ratio of": "ratio",
    "difference between|difference in|the difference between|difference": "difference",
    "rank|ranking|ranked": "rank",
    "histogram|histogram of|distribution|distribution of": "histogram",
})  # fmt: skip

SET_WORDS = _table("set", {
    "both": "both", "either": "either", "but also": "and", "as well as": "and", "and also": "and", "along with": "and",
    "together with": "and",
})  # fmt: skip

CONJUNCTIONS = _table("conj", {"and": "and", "&": "and", "or": "or", ",": "comma", "plus": "and", ";": "comma", "/": "or",
                               "and/or": "or"})  # fmt: skip

RELATIVES = _table("rel", {
    "who|which|that|whom": "subject",
    "whose|where the|for which the|in which the|where their|and whose|of which": "possessive",
    "where|in which|for which|at which|on which|to which|from which|when|by which|of whom|by whom|to whom|for whom|"
    "in where": "place",
    "with|having|have|has|contain|containing|include|including|hold|own|get": "with",
})  # fmt: skip

PRONOUNS = _table("pronoun", {
    "of those|of them|of these|among them|among those|among these|those|them|these|their|its|it|they|his|her|hers|"
    "theirs|he|she|this one|that one|the same|those ones|these ones|ones|such|of which|of it|"
    "of all those|all of them|all of those|from those|from them|from these|for them|for those|for these|in those|"
    "for it|in it|of this|of that|out of those|out of them|out of these|in them": True,
})  # fmt: skip

WH = _table("wh", {
    "what|which|what be|what be the|what are|which ones|which one|which of|what kind of|what type of|what sort of":
        "what",
    "who|whom|who be": "who",
    "when|when do|when be|when do the|what time|what day": "when",
    "where|where be": "where",
    "how much": "how much",
    "how long|how old|how big|how large|how high|how tall|how heavy|how far|how fast": "how adj",
    "why|how come": "why",
})  # fmt: skip

COMMANDS = _table("command", {
    "show|list|display|give|find|tell|get|return|provide|name|show me|give me|tell me|list all|show all|find all|"
    "find out|list out|please show|please list|can you show|could you|i want|i want to see|i need|"
    "i would like to know|i would like|let me see|let us see|let me know|please give me|please|fetch|"
    "retrieve|report|calculate|compute|determine|identify|count up|plot|chart|graph|draw|can i get|can you|"
    "could you show me|i want to know|look up|search for|select|what about|how about|print|state|can i have|"
    "filter|filter to|filter by|filter on|filter it to|filter for|restrict|restrict to|narrow|narrow to|narrow down to|limit to|"
    "limit it to|keep|keep only|compare|compared|same|please provide|show me all|return me|want to know|i want to find|can you tell me|could you please|enumerate|"
    "pull|pull up|bring up|see|can i see|hi|hello|hey|thanks|ok|okay|great|cool|so|well|now|then|just|also|too|as well|"
    "instead|again|actually|additionally|in addition|further|next|finally": True,
})  # fmt: skip

FILLERS = frozenset(
    "the a an of in on at to for from by is be are was were do does did have has had there here all any some me us our we "
    "you your i my please that this it as with and or so than then also just only into onto about their its "
    "them they who which what whose whom where when been being will would could should may might can shall "
    "single ever currently now actually really exactly total overall whole entire given corresponding associated related "
    "respective respectively current following kind type sort piece thing things "
    "out up down off over there's ones one such each per via within among amongst between during "
    "information info detail details data record records list listing table entry entries result results value values "
    "please pls plz thank thanks thx hello hi hey ok okay know want need like see look mean "
    "if but yet still even both either neither nor not no yes too very quite much many more most few "
    "get got make made take taken go went come came give given use used using call called name named "
    "happen occur occurred happened exist exists belong belonging provide provided based involve involved "
    "hold held keep kept show shown present presented list listed appear appearing "
    "s t re ve ll d m everyone everything something anything someone anybody anyone somebody people "
    "ours own whether across along alone together while because since until although though however "
    "did done doing regarding concerning respect terms money time times once every bit lot "
    "database dataset table tables part meter meters metre metres kilometer kilometers kilometre kilometres km mile miles "
    "mph kmh kg kilogram kilograms pound pounds foot feet dollar dollars usd euro euros minute minutes second seconds hours "
    "square cubic integer integers decimal unit relevant respective answer how does through amount "
    "somewhere anywhere everywhere everybody individual individuals highly recently mostly usually".split()
)
"""Words that carry no content of their own: leaving them unexplained costs nothing."""

STATE_WORDS = frozenset("current existing available used given done held kept overall".split())
"""Those of them that may be what a status column holds."""

LIGHT_VERBS = frozenset(
    "live work locate base receive sell buy purchase order place pay earn spend ship serve visit "
    "teach take enroll register attend join offer play win write direct publish produce air broadcast watch run "
    "start begin end open close hire employ award occur hold host contain include belong own manage lead supply make "
    "depart leave arrive land fly go travel star act perform sing release cost charge bill book schedule "
    "treat see do say come bring return post review rate speak use know study complete finish graduate participate "
    "cause associate relate involve assign arrange borrow rent lend generate drive contribute achieve score "
    "correspond affiliate raise create support consist compose concern offer deliver obtain carry bear lie situate "
    "organize publish issue log record process handle fill feed store accept prefer enter join leave travel move "
    "add reside inhabit stay come cite refer link connect map tag label mark classify categorize group "
    "transact trade deal stock quote sign cancel submit resolve fulfil fulfill collect spend save invest consume "
    "exceed match fit speak lose left found establish launch introduce enrol register subscribe renew churn "
    "stand elect vote cast coach train cook bake eat drink taste breed adopt judge direct screen premiere ride climb read translate "
    "edit illustrate paint sculpt design build compete qualify nominate diagnose examine inspect repair sail dock harvest plant lecture "
    "advise mentor sponsor fund donate guide board lodge sit sing dance rehearse "
    "list name display exhibit feature employ recruit retain pass fail grade "
    "prescribe perform administer conduct vary differ change flow operate convert round "
    "reach happen need require ask request apply cover share appear exist total".split()
)
VERB_STEMS = frozenset(stem_of(word) for word in LIGHT_VERBS)
"""Verbs that link two things named elsewhere in the question: what they add is the join, which the model knows."""

STATES = frozenset(
    "fail close cancel complete finish stock sign resolve submit pass process handle lose renew churn fulfil fulfill collect "
    "quote schedule open approve".split()
)
"""Verbs whose participle says what became of a thing."""

GRAINS: dict[str, Grain] = {
    "year": Grain.YEAR, "yearly": Grain.YEAR, "annual": Grain.YEAR, "annually": Grain.YEAR, "quarter": Grain.QUARTER,
    "quarterly": Grain.QUARTER, "month": Grain.MONTH, "monthly": Grain.MONTH, "week": Grain.WEEK,
    "weekly": Grain.WEEK, "day": Grain.DAY, "daily": Grain.DAY, "date": Grain.DAY, "hour": Grain.HOUR,
    "hourly": Grain.HOUR, "night": Grain.DAY,
}  # fmt: skip
ADVERB_GRAINS = frozenset("yearly annual annually quarterly monthly weekly daily hourly".split())

CHART_WORDS = frozenset(
    "chart graph plot pie bar bars column columns line area scatter histogram heatmap donut doughnut table diagram box "
    "stacked grouped".split()
)

SELLERS = frozenset("employee seller salesperson representative agent staff clerk associate".split())
BUYERS = frozenset(
    "customer client buyer account shopper guest subscriber holder policyholder cardholder insured borrower".split()
)
GOODS = frozenset("product item article good book dish title sku model meal drink".split())
PEOPLE = (
    SELLERS
    | BUYERS
    | frozenset(
        "person people user member student teacher instructor author doctor patient singer visitor player driver passenger owner manager "
        "worker artist actor nurse director trainer coach chef cook vet veterinarian judge referee producer musician conductor composer pilot captain "
        "lawyer attorney farmer breeder sailor rider jockey curator librarian journalist editor scientist researcher technician engineer mechanic "
        "therapist dentist surgeon architect designer dancer photographer painter sculptor poet writer reviewer critic leader politician officer swimmer performer "
        "resident citizen subscriber tenant applicant candidate participant volunteer donor".split()
    )
)
"""What kinds of people are called, and who of them sells or buys; and what is sold."""

_PAIRS = (
    "open closed|open shut|active dormant|active idle|paid outstanding|paid unsettled|enabled off|required optional|available gone|"
    "full empty|in-house external|internal external|public private|married single|taxable exempt|domestic foreign|domestic international|"
    "online offline|valid expired|alive dead|new used|done pending|completed open|fresh stale|free paid"
)
ANTONYMS = {
    word: other for pair in _PAIRS.split("|") for one, two in [pair.split()] for word, other in ((one, two), (two, one))
}
"""Words that say that the flag of the other name is not set, where no flag or value has their own name."""

PHRASES: dict[tuple[str, ...], list[Entry]] = {}
for _entries in (
    AGGREGATES, COUNTS, COMPARATORS, SUFFIX_COMPARATORS, SUPERLATIVES, FREQUENCY, GROUPING, ORDERING, DIRECTIONS, NEGATIONS,
    DISTINCT, CALCULATIONS, SET_WORDS, CONJUNCTIONS, RELATIVES, PRONOUNS, WH, COMMANDS,
):  # fmt: skip
    for _phrase, _entry in _entries.items():
        PHRASES.setdefault(_phrase, []).append(_entry)
MAX_PHRASE = max(len(phrase) for phrase in PHRASES)
