"""From what the engine says to what a person takes home: each métier, the way chosen, places, sources."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from api.conseil.synthese import (
    BLOCS_MAX,
    CERTIFICATIONS_MAX,
    ETAPES_MAX,
    FORMATIONS_MAX,
    ITEMS_MAX,
    RAISONS_MAX,
    CertificationVisee,
    Contact,
    Fait,
    FormationProche,
    MetierRetenu,
    ParcoursChoisi,
    Provenance,
    first_of,
)
from api.service import Service
from api.web.gabarits import NIVEAUX
from api.web.widget.cartes import (
    calm,
    first_sentence,
    read_market,
    read_parts,
    short_first,
    tell_reasons,
    tell_way,
    to_learn,
)
from api.web.widget.conseil import LieuProche
from api.web.widget.textes import Langue, load_texts
from recommender.couverture import VoiePossible, voies_possibles
from recommender.formations import FormationsTrouvees, FormationTrouvee
from recommender.parcours import CertificationDuParcours, Parcours
from recommender.types import MetierPropose
from referentiels.types import Indicateur

_DITS = frozenset({"tension", "part_femmes"})
"""Figures from which sentences are made."""
_FONDS = ("rome", "rncp")
"""What every document draws from: these sources are named whatever the figures shown."""


def write_kept(
    metier: MetierPropose,
    formations: FormationsTrouvees,
    indicateurs: Sequence[Indicateur],
    *,
    situe: bool,
    exerce: bool = False,
    motif: str = "",
    ajoute: bool = False,
    rayon_km: float = 30.0,
    langue: Langue = "fr",
) -> MetierRetenu:
    """A métier kept, in sentences.

    Args:
        metier: As the engine describes it for this person.
        formations: The nearest ones, see `Guide.near`.
        indicateurs: Its figures where the person looks, see `Catalogue.indicateurs`.
        situe: Whether the person said in which commune they look.
        exerce: Whether they told a métier that they did.
        motif: Their own reason, told first.
        ajoute: Whether the person chose it themselves.
        rayon_km: How far they look.
        langue: Of our own words.
    """
    t = load_texts(langue)
    marche, parts = read_market(indicateurs, t["marche"]), read_parts(indicateurs, t["femmes"])
    dites = tell_reasons(metier, t, exerce=exerce) or (t["fiche"]["raisons_rien"],)
    raisons = (motif, *dites) if motif else dites
    return MetierRetenu(
        nom=metier.intitule,
        fait=first_sentence(metier.definition),
        pourquoi=first_of(raisons[:RAISONS_MAX], RAISONS_MAX),
        acquis=first_of(short_first(metier.acquises), ITEMS_MAX),
        a_apprendre=first_of(short_first(to_learn(metier)), ITEMS_MAX),
        acces=tell_way(formations, t["carte"], situe=situe, rayon_km=rayon_km),
        marche=Fait(marche.phrase, marche.source),
        femmes_hommes=Fait(parts.phrase, parts.source),
        ajoute=ajoute,
    )


def write_way(
    parcours: Parcours,
    *,
    certifications: Collection[str] = (),
    formations: Collection[str] = (),
    chemin: int | None = 0,
) -> ParcoursChoisi:
    """The way to a métier, as it was chosen.

    Args:
        parcours: All the ways, see `Guide.route`.
        certifications: Numbers of those chosen; the first ones when none was.
        formations: Identifiants of those chosen; the first ones when none was.
        chemin: Which path from métier to métier, among those of `parcours`; None goes straight.
    """
    visees = [c for c in parcours.certifications if c.certification.numero in certifications]
    trouvees = [f for f in parcours.formations.formations if f.identifiant in formations]
    etapes: list[str] = []
    if chemin is not None and chemin < len(parcours.chemins):
        choisi = parcours.chemins[chemin]
        etapes = [choisi.depart_intitule, *(etape.intitule for etape in choisi.etapes)]
    return ParcoursChoisi(
        metier=parcours.metier.intitule,
        etapes=first_of(etapes, ETAPES_MAX),
        certifications=first_of(
            (_write_certification(c, parcours) for c in visees or parcours.certifications[:CERTIFICATIONS_MAX]),
            CERTIFICATIONS_MAX,
        ),
        formations=first_of(
            map(write_formation, trouvees or parcours.formations.formations[:FORMATIONS_MAX]), FORMATIONS_MAX
        ),
        remarques=parcours.phrases,
    )


def _write_certification(visee: CertificationDuParcours, parcours: Parcours) -> CertificationVisee:
    utile = visee.certification
    noms = {bloc.code: bloc.intitule for bloc in parcours.couverture.blocs}
    return CertificationVisee(
        nom=calm(utile.intitule),
        niveau=NIVEAUX.get(utile.niveau or 0, ""),
        blocs=first_of((calm(noms[code]) for code in utile.blocs if code in noms), BLOCS_MAX),
        voies=tuple(voie.libelle for voie in visee.voies),
    )


def write_formation(trouvee: FormationTrouvee) -> FormationProche:
    """A formation that can be asked about."""
    voies: Sequence[VoiePossible] = voies_possibles(trouvee.voies or ((trouvee.voie,) if trouvee.voie else ()))
    lieux = [trouvee.commune or "", trouvee.distance]
    return FormationProche(
        nom=calm(trouvee.intitule),
        organisme=calm(trouvee.organisme or ""),
        lieu=", ".join(dict.fromkeys(lieu for lieu in lieux if lieu)),
        voie=", ".join(voie.libelle for voie in voies),
        debut=trouvee.debut,
        demonstration=trouvee.demonstration,
    )


def write_contacts(lieux: Iterable[LieuProche], langue: Langue = "fr") -> tuple[Contact, ...]:
    """Places of guidance, see `api.web.widget.conseil.find_places`."""
    t = load_texts(langue)["conseiller"]
    return tuple(
        Contact(
            nom=proche.lieu.nom,
            adresse=", ".join(mots for mots in (proche.lieu.adresse, proche.lieu.commune) if mots),
            telephone=proche.lieu.telephone,
            site=proche.lieu.site,
            distance=_tell_distance(proche.km, t),
            demonstration=proche.lieu.demonstration,
        )
        for proche in lieux
    )


def _tell_distance(km: float | None, t: Any) -> str:
    if km is None:
        return str(t["meme_departement"])
    return str(t["distance"].format(km=round(km))) if km >= 1 else str(t["tout_pres"])


def write_provenance(moteur: Service, config: str, cites: Iterable[Indicateur] = ()) -> Provenance:
    """The sources of a document and the fingerprints that it can be made again from.

    Args:
        moteur: Its catalogue and its index.
        config: Hash of the configuration, see `Recommandation.config`.
        cites: Figures of the métiers kept: the sources of those that sentences tell are named too.
    """
    lues = {i.source for i in cites if i.indicateur in _DITS}
    sources = [s for s in moteur.catalogue.sources if s.cle.startswith(_FONDS) or s.cle in lues]
    phrases = [", ".join(m for m in (s.titre, s.producteur, s.millesime) if m) for s in sources]
    return Provenance(tuple(dict.fromkeys(phrases)), f"{moteur.version}-{config}")
