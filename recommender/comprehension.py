"""Understanding a profile: codes checked, free words resolved, each reading shown to the person."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from embeddings.gestes import load_gestes
from embeddings.types import Chercheur, Nature, Preparateur
from recommender.config import Config
from recommender.diplomes_dits import is_licence, level_told, without_speciality
from recommender.durees import split_duration
from recommender.lecture_mots import ECOUTES, LUS, LecteurMots, short
from recommender.profil_compris import ProfilCompris, Tenue
from recommender.signals.ensemble import hear_together
from recommender.souhaits import (
    everyday,
    name_quality,
    read_wishes,
    split_refusals,
    split_text,
    strip_opening,
    wish_pieces,
)
from recommender.types import (
    CompetenceDeclaree,
    Comprehension,
    Diplome,
    Experience,
    ModeContrainte,
    Profil,
)
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.errors import AzimutError, UnknownCodeError
from referentiels.types import Appellation, Certification, CertificationRome, CodeOgr, CodeRome, NumeroFiche

_NIVEAU_BAC = 4
_PRESQUE, _CERTAIN = 2.0, 0.5
"""A refusal names métiers when they answer twice as well as a condition, and no condition answers surely."""
_TEXTES_MAX = 60
_HORS_EMPLOI = ("benevolat", "vie_personnelle")
_NATURES_GOUT: tuple[Nature, Nature] = ("centre_interet", "contexte")
"""« Travailler dehors » is told as a taste and is a working condition in the référentiel."""


class Lecteur(LecteurMots):
    """Turns a Profil into a ProfilCompris; every reading of free words is reported with its alternatives."""

    def __init__(self, catalogue: Catalogue, chercheur: Chercheur, config: Config, *, gestes: bool = False) -> None:
        super().__init__(catalogue, chercheur, config)
        self._gestes = {
            strip_opening(mot): (rang, geste.nom)
            for rang, geste in reversed(list(enumerate(load_gestes() if gestes else ())))
            for mot in geste.mots
        }

    def read(self, profil: Profil) -> ProfilCompris:
        """Resolve every part of the profile; what cannot be resolved becomes a warning, never an error."""
        compris = ProfilCompris(refusees=frozenset(profil.refusees))
        if isinstance(self.chercheur, Preparateur):
            self.chercheur.prepare(self._texts(profil))
        self._read_souhait(compris, profil.souhait)
        for rang, experience in enumerate(profil.experiences):
            self._read_experience(compris, experience, f"experiences[{rang}]")
        textes = 0
        for rang, competence in enumerate(profil.competences):
            textes += competence.code is None
            if textes > _TEXTES_MAX:
                compris.avertissements.append(
                    f"Seules les {_TEXTES_MAX} premières compétences dites avec des mots ont été lues : "
                    "choisissez celles qui comptent le plus pour vous."
                )
                break
            self._read_competence(compris, competence, f"competences[{rang}]")
        self._read_interets(compris, profil)
        for rang, diplome in enumerate(profil.diplomes):
            self._read_diplome(compris, diplome, f"diplomes[{rang}]")
        self._read_contraintes(compris, profil)
        self._read_exclusions(compris, profil)
        self._read_territoire(compris, profil)
        compris.ensemble = hear_together(self.chercheur, compris.dits, self.config)
        return compris

    def _texts(self, profil: Profil) -> Iterator[str]:
        """What will be asked for, in the order of reading."""
        voulu, refus = split_refusals(" ".join(profil.souhait.split()))
        for texte in (*refus, *wish_pieces(voulu)):
            yield from (texte, everyday(texte, self.config))
        for experience in profil.experiences:
            yield split_duration(experience.texte or "")[0]
            if experience.nature in _HORS_EMPLOI:
                yield from split_text(experience.texte or "")
        dits = (s for c in profil.competences for s in split_text(c.texte or ""))
        yield from (name_quality(s, self.config) or s for s in islice(dits, _TEXTES_MAX))
        for centre in profil.interets.centres:
            if centre.strip() not in self.catalogue.centres_interet:
                yield from (everyday(centre, self.config), centre)
        yield from (" ".join((d.texte or "").split()) for d in profil.diplomes if not d.code)
        yield from (everyday(c.texte or "", self.config) for c in profil.contraintes if c.code is None)

    def _read_souhait(self, compris: ProfilCompris, souhait: str) -> None:
        voulu, refus = split_refusals(" ".join(souhait.split()))
        seuil = self.config.comprehension.seuil_autre
        for refuse in refus:
            self._read_refusal(compris, refuse, seuil)
        for texte, resultats in read_wishes(voulu, self.chercheur, self.config):
            compris.say("souhait", texte)
            self.report(compris, "souhait", texte, resultats)
            if resultats:
                compris.souhaits.append(resultats)
                nomme = self.config.comprehension.seuil_exerce
                compris.voulus |= {r.code for r in resultats if r.nature == "metier" and r.score >= nomme}

    def _read_refusal(self, compris: ProfilCompris, refuse: str, seuil: float) -> None:
        """What the person does not want: a working condition, else the métiers that the words name."""
        conditions = self.chercheur.search(everyday(refuse, self.config), ("contexte",), LUS)
        metiers = self.chercheur.search(refuse, ("metier",), ECOUTES)
        premiers = [max((r.score for r in lot[:1]), default=0.0) for lot in (conditions, metiers)]
        condition, metier = premiers
        if condition < _CERTAIN and metier > max(_PRESQUE * condition, self.config.comprehension.seuil_metier):
            libelle = f"à éviter : {metiers[0].libelle}"
            compris.refus.append(metiers)
            compris.compris.append(Comprehension("souhait", refuse, "refus", metiers[0].code, libelle, metier))
            return
        for resultat in self.find(compris, "souhait", refuse, ("contexte",), seuil)[:1]:
            compris.contextes.setdefault("eviter", {})[int(resultat.code)] = resultat.libelle

    def _read_experience(self, compris: ProfilCompris, experience: Experience, champ: str) -> None:
        texte, dites = split_duration(experience.texte or "")
        lu = self._experience_code(compris, replace(experience, texte=texte), champ)
        if lu is None:
            return
        code, confiance = lu
        acquis = self.config.acquis
        connues = dites if experience.annees is None else experience.annees
        annees = acquis.annees_inconnues if connues is None else max(connues, 0.0)
        montee = 1.0 - 0.5 ** (annees / acquis.annees_demi)
        force = getattr(acquis, experience.nature) * (acquis.plancher_annees + (1 - acquis.plancher_annees) * montee)
        metier = self.catalogue.metier(code)
        tenue = Tenue(force, f"votre expérience de « {metier.intitule} »")
        if experience.nature == "emploi" and confiance >= self.config.comprehension.seuil_certain:
            compris.exerces[metier.code_rome] = None
        connue = compris.metiers.get(metier.code_rome)
        if connue is None or connue.force < force:
            compris.metiers[metier.code_rome] = tenue

    def _experience_code(
        self, compris: ProfilCompris, experience: Experience, champ: str
    ) -> tuple[CodeRome, float] | None:
        """The métier of an experience, and the probability that it is."""
        if experience.code_rome:
            connu = self._known_metier(compris, experience.code_rome, champ)
            if connu:
                compris.say("experiences", self.catalogue.metier(connu).intitule)
            return (connu, 1.0) if connu else None
        if experience.code_appellation is not None:
            trouvees = self.catalogue.select(Appellation, code_ogr=experience.code_appellation)
            if trouvees:
                compris.say("experiences", trouvees[0].libelle)
                return trouvees[0].code_rome, 1.0
            compris.warn(champ, f"appellation inconnue, « {experience.code_appellation} ».")
        if experience.texte and experience.texte.strip():
            seuil = self.config.comprehension.seuil_metier
            compris.say("experiences", experience.texte)
            resultats = self.find(compris, champ, experience.texte, ("metier",), seuil)
            self.listen(compris, "experiences", experience.texte)
            if experience.nature in _HORS_EMPLOI:
                self._read_gestures_of_life(compris, experience, champ)
            return (CodeRome(resultats[0].code), resultats[0].score) if resultats else None
        return None

    def _read_gestures_of_life(self, compris: ProfilCompris, experience: Experience, champ: str) -> None:
        """What one did unpaid has seldom the name of a métier: it is read as what the person can do, too."""
        force = float(getattr(self.config.acquis, experience.nature))
        dits = len(compris.avertissements)
        for segment in split_text(experience.texte or ""):
            self._read_segment(compris, segment, force, champ)
        del compris.avertissements[dits:]  # circumstances (« pendant six ans, chez moi ») are not to be reworded

    def _known_metier(self, compris: ProfilCompris, code: str, champ: str) -> CodeRome | None:
        try:
            return self.catalogue.metier(code).code_rome
        except UnknownCodeError as error:
            compris.warn(champ, str(error))
            return None

    def _read_competence(self, compris: ProfilCompris, competence: CompetenceDeclaree, champ: str) -> None:
        acquis = self.config.acquis
        niveau = competence.niveau
        force = acquis.niveau_inconnu if niveau is None else acquis.niveau[min(max(niveau, 1), 4) - 1]
        force = min(force * {"oui": acquis.envie, "non": acquis.sans_envie}.get(competence.envie, 1.0), 1.0)
        if competence.code is not None:
            ogr = CodeOgr(competence.code)
            if ogr in self.catalogue.competences or ogr in self.catalogue.savoirs:
                compris.hold(int(ogr), Tenue(force, "ce que vous avez dit savoir faire"))
                self._listen_beside(compris, ogr, competence.texte or "")
                return
            compris.warn(champ, f"code inconnu, « {competence.code} ».")
        for segment in split_text(competence.texte or ""):
            compris.say("competences", segment)
            self._read_segment(compris, segment, force, champ)

    def _listen_beside(self, compris: ProfilCompris, ogr: CodeOgr, texte: str) -> None:
        """The person's own words beside a code that they confirmed; the label of the code says nothing more."""
        connue = self.catalogue.competences.get(ogr) or self.catalogue.savoirs[ogr]
        if texte.strip() and fold(texte) != fold(connue.libelle):
            compris.say("competences", texte)
            self.listen(compris, "competences", texte)

    def _read_segment(self, compris: ProfilCompris, segment: str, force: float, champ: str) -> None:
        reglages = self.config.comprehension
        if self._read_quality(compris, segment, force, champ):
            return
        self.listen(compris, "competences", segment)
        seuil = reglages.seuil_competence
        if self._read_gesture(compris, segment, force, champ):
            # Nothing more than the gesture, unless a compétence bears that very name.
            surs = self.chercheur.search(segment, ("competence", "savoir"), LUS)[:1]
            if not surs or surs[0].score < _CERTAIN:
                return
            seuil = _CERTAIN
        proches = self.find(compris, champ, segment, ("competence", "savoir"), seuil)
        origine = f"ce que vous avez écrit : « {short(segment)} »"
        for resultat in proches[: reglages.competences_par_texte]:
            confiance = resultat.score / proches[0].score
            compris.hold(int(resultat.code), Tenue(force * confiance, origine))

    def _read_quality(self, compris: ProfilCompris, segment: str, force: float, champ: str) -> bool:
        """A personal quality told in everyday words is a savoir-être, never a rare savoir that sounds like it."""
        qualite = name_quality(segment, self.config)
        for resultat in self.chercheur.search(qualite, ("competence",), 10) if qualite else ():
            competence = self.catalogue.competences.get(CodeOgr(int(resultat.code)))
            if competence is not None and competence.categorie == "Savoir-être":
                self.report(compris, champ, segment, (resultat,))
                compris.hold(int(resultat.code), Tenue(force, f"ce que vous avez écrit : « {short(segment)} »"))
                return True
        return False

    def _read_gesture(self, compris: ProfilCompris, segment: str, force: float, champ: str) -> bool:
        """A gesture told by its own name (« dextérité ») belongs to no one compétence."""
        trouve = self._gestes.get(strip_opening(segment))
        if trouve is None:
            return False
        rang, nom = trouve
        compris.gestes[rang] = max(force, compris.gestes.get(rang, 0.0))
        compris.compris.append(Comprehension(champ, segment, "geste", str(rang + 1), nom, 1.0))
        return True

    def _read_interets(self, compris: ProfilCompris, profil: Profil) -> None:
        for lettre, poids in profil.interets.riasec.items():
            if lettre.upper() in "RIASEC" and poids > 0:
                compris.riasec[lettre.upper()] = min(float(poids), 1.0)
        for rang, centre in enumerate(profil.interets.centres):
            connu = self.catalogue.centres_interet.get(centre.strip())
            if connu is not None:
                compris.say("interets", connu.libelle)
                compris.gouts.append((connu.libelle, connu.code, ()))
                continue
            compris.say("interets", centre)
            champ, seuil = f"interets.centres[{rang}]", self.config.comprehension.seuil_autre
            gouts, lieux = (
                self.chercheur.search(everyday(centre, self.config), (nature,), 1) for nature in _NATURES_GOUT
            )
            nommes = self.chercheur.search(centre, ("metier",), ECOUTES)
            nomme = max((r.score for r in nommes[:1]), default=0.0)
            nature = _NATURES_GOUT[not (gouts and gouts[0].score >= seuil)]
            if nature == "contexte" and nomme >= max(
                self.config.comprehension.seuil_metier, *(r.score for r in lieux), 0.0
            ):
                # « La biologie », « les trains »: a matter more than a condition, that names of métiers tell.
                self.report(compris, champ, centre, nommes)
                compris.gouts.append((nommes[0].trouve, None, nommes))
                continue
            for resultat in self.find(compris, champ, centre, (nature,), seuil)[:1]:
                if resultat.nature == "contexte":
                    compris.contextes.setdefault("souhaiter", {})[int(resultat.code)] = resultat.libelle
                else:
                    compris.gouts.append((resultat.libelle, resultat.code, nommes))

    def _read_diplome(self, compris: ProfilCompris, diplome: Diplome, champ: str) -> None:
        if diplome.niveau is not None:
            compris.reach_level(diplome.niveau)
        if diplome.code:
            try:
                certification = self.catalogue.certification(diplome.code).certification
            except UnknownCodeError as error:
                compris.warn(champ, str(error))
            else:
                compris.say("diplomes", certification.intitule)
                compris.diplomes[certification.numero] = certification.intitule
                compris.reach_level(certification.niveau)
                return
        if diplome.texte and diplome.texte.strip():
            self._read_diploma_text(compris, diplome, " ".join(diplome.texte.split()), champ)

    def _read_diploma_text(self, compris: ProfilCompris, diplome: Diplome, texte: str, champ: str) -> None:
        """The fiches of that name and level: a diploma has had several fiches over the years."""
        if is_licence(texte):
            self._read_segment(compris, texte, self.config.acquis.niveau_inconnu, champ)
            return
        niveau = diplome.niveau or level_told(texte)
        compris.reach_level(niveau)
        if without_speciality(texte):
            if niveau is not None:
                compris.warn(champ, f"précisez la spécialité, « {short(texte)} » ne dit que le niveau {niveau}.")
            return
        compris.say("diplomes", texte)
        if self._read_series(compris, texte, champ):
            return
        proches = self.find(compris, champ, texte, ("certification",), self.config.comprehension.seuil_diplome)
        niveaux = {c.numero: c.niveau for c in self.catalogue.select(Certification, numero=[r.code for r in proches])}
        for resultat in proches:
            numero = NumeroFiche(resultat.code)
            if niveaux.get(numero) == (niveau or niveaux.get(NumeroFiche(proches[0].code))):
                compris.diplomes[numero] = proches[0].trouve
                compris.reach_level(niveaux.get(numero))

    def _read_series(self, compris: ProfilCompris, texte: str, champ: str) -> bool:
        """A baccalauréat that leads to no métier by itself: its level counts, and what it teaches is listened to."""
        for mot in fold(texte).split():
            if mot in self.config.series:
                enseigne = self.config.series[mot]
                compris.reach_level(_NIVEAU_BAC)
                self.listen(compris, "diplomes", enseigne)
                libelle = f"baccalauréat technologique ({enseigne})"
                compris.compris.append(Comprehension(champ, texte, "serie", mot.upper(), libelle, 1.0))
                return True
        return False

    def _read_contraintes(self, compris: ProfilCompris, profil: Profil) -> None:
        for rang, contrainte in enumerate(profil.contraintes):
            champ = f"contraintes[{rang}]"
            lot = compris.contextes.setdefault(contrainte.mode, {})
            contexte = self.catalogue.contextes.get(CodeOgr(contrainte.code)) if contrainte.code is not None else None
            if contexte is not None:
                lot[int(contexte.code_ogr)] = contexte.libelle
            elif contrainte.code is not None:
                compris.warn(champ, f"code inconnu, « {contrainte.code} ».")
            elif contrainte.texte:
                self._read_condition(compris, contrainte.mode, contrainte.texte, champ)

    def _read_condition(self, compris: ProfilCompris, mode: ModeContrainte, texte: str, champ: str) -> None:
        """Working conditions told in words; an unsure reading lowers métiers, and removes none."""
        seuils = self.config.comprehension
        resultats = self.find(compris, champ, texte, ("contexte",), seuils.seuil_autre)
        for resultat in resultats:
            sur = mode != "exclure" or resultat.score >= seuils.seuil_certain
            compris.contextes.setdefault(mode if sur else "eviter", {})[int(resultat.code)] = resultat.libelle
        if mode == "exclure" and resultats and resultats[0].score < seuils.seuil_certain:
            compris.warn(champ, f"« {short(texte)} » n'est pas sûr : ces métiers sont plus bas, et non écartés.")

    def _read_exclusions(self, compris: ProfilCompris, profil: Profil) -> None:
        gardees = []
        for exclusion in profil.exclusions:
            prefixe = exclusion.strip().upper()
            if prefixe and any(code.startswith(prefixe) for code in self.catalogue.metiers):
                gardees.append(prefixe)
            else:
                compris.warn("exclusions", f"aucun code ROME ne commence par « {short(exclusion)} ».")
        compris.exclusions = tuple(gardees)

    def _read_territoire(self, compris: ProfilCompris, profil: Profil) -> None:
        if profil.territoire is None:
            return
        try:
            commune = self.catalogue.lieux.resolve(profil.territoire.commune)
        except AzimutError as error:
            compris.warn("territoire", str(error))
            return
        libelle = f"{commune.nom} ({commune.code_departement})"
        texte = profil.territoire.commune
        compris.compris.append(Comprehension("territoire", texte, "commune", commune.code, libelle, 1.0))

    def diploma_targets(self, compris: ProfilCompris) -> dict[CodeRome, list[str]]:
        """Métiers to which the diplomas held lead, with the titles that lead there."""
        if not compris.diplomes:
            return {}
        cibles: dict[CodeRome, list[str]] = {}
        for lien in self.catalogue.select(CertificationRome, numero=list(compris.diplomes)):
            cibles.setdefault(lien.code_rome, []).append(compris.diplomes[lien.numero])
        return cibles
