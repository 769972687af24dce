"""One view of the certifications from several partial sources, each fact with the source that says it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from referentiels.cellules import fold
from referentiels.lot import Lot
from referentiels.reconduction import inherit_rome
from referentiels.rncp_actives import SOURCE as SOURCE_ACTIVES
from referentiels.rncp_apprentissage import SOURCE as SOURCE_APPRENTISSAGE
from referentiels.types import (
    BlocCompetences,
    Certificateur,
    Certification,
    CertificationDiplome,
    CertificationFormacode,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    CodeRome,
    ContinuiteCertification,
    NumeroFiche,
)

Lots = Sequence[tuple[str, Lot]]
_INTITULES_DE_SECOURS = frozenset({SOURCE_APPRENTISSAGE})  # titles of diplomas in capitals, not of fiches
_LIENS: tuple[tuple[type[Any], Callable[[Any], Hashable]], ...] = (
    (CertificationVoie, lambda lien: (lien.numero, lien.voie)),
    (CertificationNsf, lambda lien: (lien.numero, lien.code)),
    (CertificationFormacode, lambda lien: (lien.numero, lien.code)),
    (CertificationDiplome, lambda lien: (lien.numero, lien.cfd)),
    (ContinuiteCertification, lambda lien: (lien.ancienne, lien.nouvelle)),
)


def merge_certifications(
    lots: Lots,
    metiers_par_parent: Mapping[str, Sequence[CodeRome]],
    codes_v4: Collection[CodeRome],
) -> Lot:
    """One certification a numéro, and links to the ROME 4.0, out of sources given freshest first.

    Each field comes from the freshest source that says it; `niveau` goes with its source and nomenclature.
    `active` and `date_etat` go together, from the source with the latest day. The list of active fiches
    (`rncp_actives`) is complete: a fiche that it does not hold, and whose state no source tells for that day or a
    later one, is inactive on the day of the list, within the répertoires that the list covers.

    Links are united; for one key (fiche and voie, fiche and code…), the freshest source wins. Blocs are taken whole
    from the freshest source that has some for the fiche, so are certificateurs and partners: two versions of one
    fiche are never mixed.

    A code of ROME v3 leads to each of its v4 children, and `code_source` keeps it. Every v3 code is also the code of
    a v4 métier: a fiche is read as v4 when, in that source, one of its codes exists in v4 only, or when the row was
    brought to v4 already (its two codes differ, or it comes from the socle). A code that neither version knows
    (a truncated family such as G1500) is left as published, and so are links whose fiche no source names:
    `Integrite` sets them aside and counts them. An active fiche without any link takes those of the fiche that it
    renews, see `reconduction.inherit_rome`.

    Args:
        lots: (key of the source, what it brings), in order of precedence.
        metiers_par_parent: ROME v3 code → v4 codes, from `code_rome_parent`.
        codes_v4: Every v4 code.

    Returns:
        All the types of certification, in order of numéro within each type.
    """
    fusion = Lot()
    fusion.add(Certification, _merge_fiches(lots))
    fusion.add(BlocCompetences, _take_whole(lots, BlocCompetences, lambda bloc: bloc.numero))
    codes = frozenset(codes_v4)
    romes = [lien for cle, lot in lots for lien in _bring_to_v4(cle, lot, metiers_par_parent, codes)]
    fusion.add(CertificationRome, _unite(romes, lambda lien: (lien.numero, lien.code_rome)))
    for nature, cle_lien in _LIENS:
        fusion.add(nature, _unite((lien for _, lot in lots for lien in lot.get(nature)), cle_lien))
    fiches, romes = fusion.get(Certification), fusion.get(CertificationRome)
    connus = [lien for lien in romes if lien.code_rome in codes]
    reconduits = inherit_rome(fiches, connus, fusion.get(ContinuiteCertification))
    fusion.set(CertificationRome, sorted(romes + reconduits, key=_order_link))
    organismes = _take_whole(lots, Certificateur, lambda organisme: (organisme.numero, organisme.role))
    fusion.add(Certificateur, _unite(organismes, lambda o: (o.numero, o.role, o.siret or fold(o.nom))))
    return fusion


def _merge_fiches(lots: Lots) -> list[Certification]:
    versions: dict[NumeroFiche, list[Certification]] = defaultdict(list)
    for _, lot in lots:
        for certification in lot.get(Certification):
            versions[certification.numero].append(certification)
    listees, jours = _read_list(lots)
    return [
        _close_unlisted(_merge_versions(versions[numero]), listees, jours) for numero in sorted(versions, key=_order)
    ]


def _merge_versions(versions: Sequence[Certification]) -> Certification:
    """One fiche from its versions, freshest first."""
    premiere = next((v for v in versions if v.source not in _INTITULES_DE_SECOURS), versions[0])
    if len(versions) == 1:
        return premiere
    niveau = next((v for v in versions if v.niveau_source), premiere)
    dites = [v for v in versions if v.active is not None]
    etat = max(dites, key=lambda v: v.date_etat or date.min, default=premiere)  # the first of equals: the freshest
    return replace(
        premiere,
        abrege=next((v.abrege for v in versions if v.abrege), None),
        niveau=niveau.niveau,
        niveau_source=niveau.niveau_source,
        nomenclature_niveau=niveau.nomenclature_niveau,
        active=etat.active,
        date_etat=etat.date_etat,
        fin_enregistrement=next((v.fin_enregistrement for v in versions if v.fin_enregistrement), None),
        type_enregistrement=next((v.type_enregistrement for v in versions if v.type_enregistrement), None),
    )


def _read_list(lots: Lots) -> tuple[frozenset[NumeroFiche], dict[str, date]]:
    """The numéros of the complete list of active fiches, and its day for each répertoire that it covers."""
    listees = [c for cle, lot in lots if cle == SOURCE_ACTIVES for c in lot.get(Certification)]
    jours: dict[str, date] = {}
    for certification in listees:
        if certification.date_etat is not None:
            jours[certification.repertoire] = certification.date_etat
    return frozenset(c.numero for c in listees), jours


def _close_unlisted(
    certification: Certification, listees: frozenset[NumeroFiche], jours: Mapping[str, date]
) -> Certification:
    jour = jours.get(certification.repertoire)
    if jour is None or certification.numero in listees:
        return certification
    if certification.date_etat is not None and certification.date_etat >= jour:
        return certification
    return replace(certification, active=False, date_etat=jour)


def _bring_to_v4(
    cle: str, lot: Lot, metiers_par_parent: Mapping[str, Sequence[CodeRome]], codes_v4: frozenset[CodeRome]
) -> Iterable[CertificationRome]:
    """The links of one source, those in v3 led to every v4 child."""
    liens = lot.get(CertificationRome)
    if cle.startswith("socle"):
        return liens
    en_v4 = {lien.numero for lien in liens if lien.code_rome in codes_v4 and lien.code_rome not in metiers_par_parent}
    portes: list[CertificationRome] = []
    for lien in liens:
        enfants = metiers_par_parent.get(lien.code_source)
        if enfants is None or lien.numero in en_v4 or lien.code_rome != lien.code_source:
            portes.append(lien)
        else:
            portes += [CertificationRome(lien.numero, code, lien.code_source, lien.source) for code in enfants]
    return portes


def _take_whole(lots: Lots, nature: type[Any], groupe: Callable[[Any], Hashable]) -> list[Any]:
    """For each group, the rows of the first source that has some."""
    fournisseur: dict[Hashable, int] = {}
    gardees: list[Any] = []
    for rang, (_, lot) in enumerate(lots):
        gardees.extend(x for x in lot.get(nature) if fournisseur.setdefault(groupe(x), rang) == rang)
    return sorted(gardees, key=lambda ligne: _order(ligne.numero))


def _unite(liens: Iterable[Any], cle: Callable[[Any], Hashable]) -> list[Any]:
    """The links without repeats of a key, the first winning, in order of fiche."""
    premiers: dict[Hashable, Any] = {}
    for lien in liens:
        premiers.setdefault(cle(lien), lien)
    return sorted(premiers.values(), key=_order_link)


def _order(numero: NumeroFiche) -> tuple[bool, int]:
    """RNCP before RS, by number."""
    if numero.startswith("RS"):
        return (True, int(numero[2:]))
    return (False, int(numero[4:]))


def _order_link(lien: Any) -> tuple[bool, int]:
    return _order(lien.ancienne if isinstance(lien, ContinuiteCertification) else lien.numero)
