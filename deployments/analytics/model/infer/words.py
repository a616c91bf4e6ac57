"""Words out of names: taking names apart, writing abbreviations out, singular and plural."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_PIECES = re.compile(r"[A-Z]{2,}s?(?=[A-Z][a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")

ABBREVIATIONS: dict[str, str] = dict(
    pair.split("=")
    for pair in """
abbr=abbreviation abbrev=abbreviation acc=account acct=account accts=accounts act=actual addr=address adj=adjustment adm=admission admin=administration
agg=aggregate alloc=allocation alt=altitude amnt=amount amt=amount appl=application approx=approximate appt=appointment apt=apartment arr=arrival
asst=assistant attr=attribute auth=authorization avail=available avg=average bal=balance bldg=building cal=calendar calc=calculated cap=capacity cat=category
cert=certificate chg=change cls=class cmt=comment cnt=count comm=commission comp=company concat=concatenated cond=condition conf=conference contr=contract
coord=coordinate corp=corporation ctr=center ctry=country cty=county curr=currency cust=customer custs=customers cyl=cylinders deg=degree del=delivery
dep=department dept=department depts=departments desc=description descr=description dest=destination dev=development diag=diagnosis dim=dimension dir=director disc=discount dist=district div=division
dob=birth_date doc=document docs=documents dod=death_date dpt=department dt=date dur=duration ed=education eff=effective emp=employee empl=employee emps=employees eng=engine enr=enrollment
est=estimated eval=evaluation evt=event exp=expiry expt=experiment ext=extension fac=faculty fam=family fem=female fk=reference fname=first_name freq=frequency fwd=forward
gend=gender geo=geography gov=government govt=government grp=group hist=history hosp=hospital hq=headquarters hr=hour hrs=hours ht=height imp=import inc=income incl=included ind=indicator
info=information init=initial inst=institution instr=instructor insur=insurance intl=international inv=invoice itm=item lang=language lat=latitude lbl=label len=length lic=license lim=limit
lname=last_name lng=longitude loc=location lon=longitude lvl=level maint=maintenance max=maximum med=medical mem=member mfg=manufacturing mfr=manufacturer mgr=manager mgmt=management mi=middle_initial mid=middle
min=minimum misc=miscellaneous mkt=market mname=middle_name mnth=month mo=month mon=month mos=months msg=message mth=month mths=months nat=national nbr=number neg=negative no=number nr=number num=number
obs=observation occ=occupation oper=operation opp=opportunity opt=option ord=order org=organization orig=original parm=parameter pat=patient pct=percent perc=percent perf=performance
perm=permanent pers=person ph=phone phn=phone pkg=package pmt=payment pop=population pos=position poss=possible prc=price pref=preferred prev=previous prio=priority prob=probability proc=procedure prod=product
prof=professor prog=program proj=project promo=promotion prov=province pt=point pts=points pub=publication purch=purchase pwd=password pymt=payment qlty=quality qtr=quarter qty=quantity qual=qualification
rec=record recv=received ref=reference reg=region rel=release rep=representative req=request res=result resp=response ret=return rev=revenue rm=room rpt=report rsn=reason
sal=salary sched=schedule sec=section sect=section seg=segment sem=semester seq=sequence sess=session sig=signature spec=specialty sql=sql src=source ssn=social_security_number st=state sta=status stat=status stats=statistics std=standard stmt=statement
stu=student stud=student subj=subject subs=subscription sup=supplier supp=supplier supv=supervisor svc=service sys=system tel=telephone temp=temperature terr=territory tm=time tot=total trans=transaction trx=transaction
ts=timestamp txn=transaction tx=transaction typ=type univ=university upc=product_code upd=updated usr=user val=value var=variable veh=vehicle ver=version vol=volume
whs=warehouse wgt=weight wk=week wks=weeks wt=weight xfer=transfer yr=year yrs=years ytd=year_to_date zip=zip_code
""".split()
)
"""What an abbreviation stands for; an underscore stands for a blank."""

AMBIGUOUS = frozenset(
    "act alt arr cal cap cat comp cond dep del dev dim dir disc dist ed eng est exp ext fam geo hist imp inc ind inst inv lat len lim lon med mem mi mid "
    "mo mon nat no opp opt ord org pat perm pers pop pos pref prev prob prof prog pt pub rec ref reg rel rep req res ret rev sal sec seg sem seq sess sig spec st sta stat sub sup temp "
    "tot trans ts var ver vol zip max min num avg".split()
)
"""Abbreviations that are also words or stand for several things: written out only where the schema's words or the
surroundings support it, but for the few in `ALWAYS`."""

ALWAYS = frozenset("max min num avg prev org pop tot inv exp ref dep".split()) & AMBIGUOUS

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "criteria": "criterion", "phenomena": "phenomenon", "indices": "index", "vertices": "vertex", "analyses": "analysis",
    "diagnoses": "diagnosis", "theses": "thesis", "crises": "crisis", "bases": "basis", "leaves": "leaf", "lives": "life",
    "wives": "wife", "knives": "knife", "shelves": "shelf", "halves": "half", "movies": "movie", "cookies": "cookie", "series": "series",
    "species": "species", "news": "news", "staff": "staff", "data": "data", "media": "media", "status": "status", "aircraft": "aircraft",
    "equipment": "equipment", "information": "information", "sales": "sale", "goods": "goods", "statistics": "statistics", "ties": "tie",
    "heroes": "hero", "potatoes": "potato", "matrices": "matrix", "addresses": "address", "buses": "bus", "gases": "gas", "lenses": "lens",
    "houses": "house", "purchases": "purchase", "cases": "case", "leases": "lease", "databases": "database", "releases": "release", "courses": "course",
    "nurses": "nurse", "licenses": "license", "expenses": "expense", "responses": "response", "warehouses": "warehouse", "horses": "horse", "diseases": "disease",
    "phases": "phase", "invoices": "invoice", "bonus": "bonus", "campus": "campus", "virus": "virus", "canvas": "canvas", "atlas": "atlas", "gps": "gps", "sms": "sms", "always": "always",
    "axes": "axis", "premises": "premises", "earnings": "earnings", "savings": "savings", "headquarters": "headquarters", "details": "detail", "days": "day",
}  # fmt: skip
_PLURALS = {
    singular: plural
    for plural, singular in _IRREGULAR.items()
    if singular not in ("basis", "staff", "data", "media", "sale")
} | {"basis": "bases", "staff": "staff", "data": "data", "media": "media", "sale": "sales", "status": "statuses", "bonus": "bonuses"}  # fmt: skip
for _same in (
    "aircraft",
    "equipment",
    "information",
    "series",
    "species",
    "news",
    "goods",
    "headquarters",
    "premises",
    "earnings",
    "savings",
):
    _PLURALS[_same] = _same
for _regular in ("campus", "virus", "canvas", "atlas"):
    _PLURALS[_regular] = _regular + "es"


@cache
def common_words() -> frozenset[str]:
    """The packaged list of common words, with their singulars."""
    text = files("deployments.analytics.model.infer").joinpath("words.txt").read_text(encoding="utf-8")
    words = {word for line in text.splitlines() if not line.startswith("#") for word in line.split()}
    words |= {whole for long in ABBREVIATIONS.values() for whole in long.split("_")}
    return frozenset(words | {singular(word) for word in words} | {plural(word) for word in words})


@cache
def pieces(name: str) -> tuple[str, ...]:
    """A name taken apart where its writing says so, in lower case.

    >>> pieces("sbTxAmount"), pieces("TV_Channel"), pieces("CountryAbbrev"), pieces("line_1"), pieces("18_49_Share")
    (('sb', 'tx', 'amount'), ('tv', 'channel'), ('country', 'abbrev'), ('line', '1'), ('18', '49', 'share'))
    """
    found = tuple(piece.lower() for piece in _PIECES.findall(name))
    return found or (name.lower(),)


@cache
def singular(word: str) -> str:
    """The singular of an English noun; a singular stays as it is.

    >>> [singular(word) for word in ("orders", "companies", "boxes", "addresses", "status", "class", "people")]
    ['order', 'company', 'box', 'address', 'status', 'class', 'person']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    return word[:-1]


@cache
def plural(word: str) -> str:
    """The plural of an English noun given in the singular.

    >>> [plural(word) for word in ("order", "company", "box", "day", "person", "aircraft", "class")]
    ['orders', 'companies', 'boxes', 'days', 'people', 'aircraft', 'classes']
    """
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` is a way to shorten the word `long`: its beginning (three letters or more), its first letter with
    consonants in order, or a known abbreviation.

    >>> abbreviates("cust", "customer"), abbreviates("dpt", "department"), abbreviates("cat", "country")
    (True, True, False)
    """
    if len(short) < 2 or len(short) >= len(long) or short[0] != long[0]:
        return False
    if ABBREVIATIONS.get(short) == long or (len(short) >= 3 and long.startswith(short)):
        return True
    if len(short) < 3 or any(letter in "aeiou" for letter in short[1:]):
        return False
    rest = iter(long[1:])
    return all(letter in rest for letter in short[1:])
