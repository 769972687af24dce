"""Onisep fiches: plain text out of HTML, links, gaps, and the official counts."""

from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import MalformedError, MissingSourceError, RejectionError
from referentiels.formations import load_onisep
from referentiels.formations.onisep import MENTION
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.types import FicheFormationOnisep, FicheMetierOnisep

METIER = """<metier><identifiant>{id}</identifiant><nom_metier>gabarier/ière</nom_metier>
<libelle_feminin>gabarière</libelle_feminin><libelle_masculin>gabarier</libelle_masculin>
<synonymes><synonyme><nom_metier>batelier/ière</nom_metier><libelle_feminin>batelière</libelle_feminin>
<libelle_masculin>batelier</libelle_masculin></synonyme></synonymes>
<romesV3><romeV3>{rome}</romeV3></romesV3>
<competences><![CDATA[<p>Sens de l'eau.</p>]]></competences>
<accroche_metier><![CDATA[
  <h5>Au fil de l&#39;eau</h5><p>Il conduit, <b>charge</b> &amp; entretient
  sa gabare.</p>]]></accroche_metier>
<niveau_acces_min><id>REF.1</id><libelle>CAP ou équivalent</libelle></niveau_acces_min>
<statuts><statut><id>S1</id><libelle>salarié</libelle></statut><statut><id>S2</id><libelle>indépendant</libelle></statut>
</statuts><centres_interet><centre_interet><id>C1</id><libelle>j'aime l'eau</libelle></centre_interet></centres_interet>
<formations_min_requise><formation_min_requise><id>FOR.1</id><libelle>CAP</libelle></formation_min_requise>
</formations_min_requise></metier>"""
FORMATION = """<formation><identifiant>{id}</identifiant><code_scolarite>{cfd}</code_scolarite>
<libelle_complet>CAP Gabarier</libelle_complet><sigle/><duree_formation>2 ans</duree_formation>
<descriptif_acces><![CDATA[<p>Après la 3e.</p><p>Savoir nager.</p>]]></descriptif_acces><url>{url}</url>
<niveau_certification>{niveau}</niveau_certification><metiers_formation><metier><id>MET.1</id>
<nom_metier>gabarier/ière</nom_metier><synonymes><synonyme><nom_metier>x</nom_metier></synonyme></synonymes></metier>
</metiers_formation></formation>"""
FICHE = "https://www.francecompetences.fr/recherche/rncp/90001/"


def un_metier(ident: str = "MET.1", rome: str = "N3102") -> str:
    return METIER.format(id=ident, rome=rome)


def une_formation(
    ident: str = "FOR.1", cfd: str = "50031101", url: str = FICHE, niveau: str = "niveau 3 (niveau CAP)"
) -> str:
    return FORMATION.format(id=ident, cfd=cfd, url=url, niveau=niveau)


def lire(dossier: Path, metiers: str | None = None, formations: str | None = None) -> tuple[Lot, Journal]:
    if metiers is not None:
        (dossier / "Onisep_Ideo_Fiches_metiers_25062024.xml").write_text(f"<metiers>{metiers}</metiers>", "utf-8")
    if formations is not None:
        nom = "Onisep_Ideo_Fiches_Formations_26062024.xml"
        (dossier / nom).write_text(f"<formations>{formations}</formations>", "utf-8")
    journal = Journal("onisep")
    return load_onisep(Depot(dossier), journal), journal


def test_a_metier_becomes_plain_text_and_links(tmp_path: Path) -> None:
    lot, _ = lire(tmp_path, un_metier())
    assert lot.get(FicheMetierOnisep) == [
        FicheMetierOnisep(
            id="MET.1",
            nom="gabarier/ière",
            nom_feminin="gabarière",
            nom_masculin="gabarier",
            synonymes=("batelier/ière", "batelière", "batelier"),
            codes_rome=("N3102",),
            accroche="Au fil de l'eau\nIl conduit, charge & entretient sa gabare.",
            niveau_acces_min="CAP ou équivalent",
            statuts=("salarié", "indépendant"),
            centres_interet=("j'aime l'eau",),
            formations=("FOR.1",),
        )
    ]
    assert lot.millesime == "2024-06-25"
    assert "ODbL" in MENTION


def test_a_formation_tells_its_level_fiche_and_metiers(tmp_path: Path) -> None:
    autre = une_formation("FOR.2", cfd="", url="javascript:x", niveau="aucun")
    lot, _ = lire(tmp_path, un_metier(), une_formation() + autre)
    premiere, seconde = lot.get(FicheFormationOnisep)
    assert (premiere.niveau, premiere.cfd, premiere.rncp, premiere.url) == (3, "50031101", "RNCP90001", FICHE)
    assert (premiere.duree, premiere.acces, premiere.metiers) == ("2 ans", "Après la 3e.\nSavoir nager.", ("MET.1",))
    assert (seconde.niveau, seconde.cfd, seconde.rncp, seconde.url) == (None, None, None, None)
    assert lot.millesime == "2024-06-26"


def test_a_cut_rome_code_is_left_out_and_told(tmp_path: Path) -> None:
    lot, journal = lire(tmp_path, un_metier(rome="N31") + un_metier("MET.2", rome=""))
    assert [fiche.codes_rome for fiche in lot.get(FicheMetierOnisep)] == [(), ()]
    assert any("« N31 »" in r for r in journal.fichiers[0].remarques)
    assert "métiers sans code ROME : 2" in journal.fichiers[0].remarques


def test_bad_fiches_are_counted_with_their_line(tmp_path: Path) -> None:
    formations = (
        une_formation() + une_formation() + une_formation("", cfd="50031102") + une_formation("FOR.4", cfd="12")
    )
    lot, journal = lire(tmp_path, formations=formations)
    assert len(lot.get(FicheFormationOnisep)) == 1
    (lu,) = journal.fichiers
    assert dict(lu.rejets) == {
        "identifiant : doublon": 1,
        "identifiant : élément obligatoire absent ou vide": 1,
        "code_scolarite : code mal formé": 1,
    }
    assert (lu.lues, lu.gardees) == (4, 1)
    assert [rejet.ligne for rejet in lu.exemples] == sorted(rejet.ligne for rejet in lu.exemples)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError):
        load_onisep(Depot(tmp_path), Journal("onisep"))
    (tmp_path / "ideo-fiches-metiers.xml").write_text("<formations><formation/></formations>", "utf-8")
    with pytest.raises(MalformedError, match="racine <formations>"):
        load_onisep(Depot(tmp_path), Journal("onisep"))
    with pytest.raises(RejectionError, match="1 lignes refusées sur 1"):
        lire(tmp_path, "<metier/>")


@pytest.mark.officiel
def test_official_fiches(donnees: Path) -> None:
    journal = Journal("onisep")
    lot = load_onisep(Depot(donnees / "onisep"), journal)
    metiers, formations = lot.get(FicheMetierOnisep), lot.get(FicheFormationOnisep)
    assert (len(metiers), len(formations), journal.rejetees) == (928, 2_164, 0)
    assert sum(bool(fiche.codes_rome) for fiche in metiers) == 842
    assert sum(len(fiche.metiers) for fiche in formations) == 5_934
    assert all(fiche.accroche and "<" not in fiche.accroche for fiche in metiers)
    connus = {fiche.id for fiche in metiers}
    assert sum(ident in connus for fiche in formations for ident in fiche.metiers) == 5_934
    assert sum(fiche.rncp is not None for fiche in formations) == 1_233
    assert lot.millesime == "2024-06-25"
