"""The XML flux: fiches, lists of compétences, states, hostile and damaged files, true counts."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from referentiels import rncp_flux
from referentiels.depot import Depot
from referentiels.errors import HeaderError, MalformedError, MissingSourceError, OversizeError, RejectionError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rncp_xml import load_rncp_xml, split_competences
from referentiels.types import (
    BlocCompetences,
    Certificateur,
    Certification,
    CertificationFormacode,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    ContinuiteCertification,
)

NOM = "export_fiches_RNCP_V4_1_2031-02-03.xml"
ENTETE = '<?xml version="1.0" encoding="UTF-8"?>\n<FICHES>\n<VERSION_FLUX>4.1</VERSION_FLUX>\n'
FICHE = """<FICHE>
<ID_FICHE>1</ID_FICHE>
<NUMERO_FICHE>RNCP70001</NUMERO_FICHE>
<NOUVELLES_CERTIFICATIONS><NOUVELLE_CERTIFICATION>
<ID_FICHE_NOUVELLE_CERTIFICATION>RNCP70009</ID_FICHE_NOUVELLE_CERTIFICATION>
</NOUVELLE_CERTIFICATION></NOUVELLES_CERTIFICATIONS>
<ANCIENNES_CERTIFICATIONS><ANCIENNE_CERTIFICATION>
<ID_FICHE_ANCIENNE_CERTIFICATION>RNCP60001</ID_FICHE_ANCIENNE_CERTIFICATION>
</ANCIENNE_CERTIFICATION></ANCIENNES_CERTIFICATIONS>
<INTITULE>Souffler &amp; refroidir</INTITULE>
<ABREGE><CODE>CAP</CODE><LIBELLE>Certificat</LIBELLE></ABREGE>
<NOMENCLATURE_EUROPE><NIVEAU>NIV3</NIVEAU></NOMENCLATURE_EUROPE>
<CODES_NSF><NSF><CODE>224v</CODE><LIBELLE>Verre</LIBELLE></NSF></CODES_NSF>
<FORMACODES><FORMACODE><CODE>45004</CODE><LIBELLE>Art du verre</LIBELLE></FORMACODE></FORMACODES>
<CERTIFICATEURS>
<CERTIFICATEUR><SIRET_CERTIFICATEUR>00000000000017</SIRET_CERTIFICATEUR><NOM_CERTIFICATEUR>VENT</NOM_CERTIFICATEUR>
<ETAT_CERTIFICATEUR>Actif</ETAT_CERTIFICATEUR></CERTIFICATEUR>
<CERTIFICATEUR><NOM_CERTIFICATEUR>PARTI</NOM_CERTIFICATEUR><ETAT_CERTIFICATEUR>Inactif</ETAT_CERTIFICATEUR></CERTIFICATEUR>
</CERTIFICATEURS>
<ACTIVITES_VISEES>Un texte long</ACTIVITES_VISEES>
<CODES_ROME><ROME><CODE>B1602</CODE><LIBELLE>Verre</LIBELLE></ROME></CODES_ROME>
<SI_JURY_FI><ACTIF>Oui</ACTIF><COMPOSITION>Trois personnes</COMPOSITION></SI_JURY_FI>
<SI_JURY_VAE><ACTIF>Non</ACTIF></SI_JURY_VAE>
<PARTENAIRES><PARTENAIRE><NOM_PARTENAIRE>RUCHE</NOM_PARTENAIRE><ETAT_HABILITATION>Actif</ETAT_HABILITATION></PARTENAIRE>
</PARTENAIRES>
<DATE_FIN_ENREGISTREMENT>31/08/2034</DATE_FIN_ENREGISTREMENT>
<TYPE_ENREGISTREMENT>Enregistrement de droit</TYPE_ENREGISTREMENT>
<BLOCS_COMPETENCES><BLOC_COMPETENCES><CODE>RNCP70001BC01</CODE><LIBELLE>Souffler</LIBELLE>
<LISTE_COMPETENCES>- Choisir sa canne    - Souffler   doucement</LISTE_COMPETENCES>
<MODALITES_EVALUATION>Un oral</MODALITES_EVALUATION></BLOC_COMPETENCES></BLOCS_COMPETENCES>
<CORRESPONDANCES><CORRESPONDANCE><DESTINATION><NUMERO_FICHE>RNCP2</NUMERO_FICHE>
<BLOC_COMPETENCES><CODE>RNCP2BC01</CODE></BLOC_COMPETENCES></DESTINATION></CORRESPONDANCE></CORRESPONDANCES>
<ACTIF>Oui</ACTIF>
<DATE_DECISION>04/05/2029</DATE_DECISION>
</FICHE>
"""
FIN = "</FICHES>\n"


def minimal(numero: str, plus: str = "") -> str:
    return f"<FICHE>\n<NUMERO_FICHE>{numero}</NUMERO_FICHE><INTITULE>Fiche {numero}</INTITULE>{plus}</FICHE>\n"


def load(chemin: Path) -> tuple[Lot, Journal]:
    journal = Journal("rncp_xml")
    return load_rncp_xml(Depot(chemin), journal), journal


def load_text(dossier: Path, texte: str, nom: str = NOM) -> tuple[Lot, Journal]:
    (dossier / nom).write_text(texte, encoding="utf-8")
    return load(dossier)


def test_one_fiche_gives_all_its_entities(tmp_path: Path) -> None:
    lot, journal = load_text(tmp_path, ENTETE + FICHE + FIN)
    [fiche] = lot.get(Certification)
    assert (fiche.numero, fiche.intitule, fiche.abrege, fiche.niveau) == ("RNCP70001", "Souffler & refroidir", "CAP", 3)
    assert (fiche.active, fiche.date_etat) == (True, date(2031, 2, 3))
    assert (fiche.fin_enregistrement, fiche.type_enregistrement) == (date(2034, 8, 31), "Enregistrement de droit")
    [bloc] = lot.get(BlocCompetences)
    assert (bloc.code, bloc.competences) == ("RNCP70001BC01", "Choisir sa canne\nSouffler doucement")
    assert [r.code_source for r in lot.get(CertificationRome)] == ["B1602"]
    assert [(n.code, n.libelle) for n in lot.get(CertificationNsf)] == [("224v", "Verre")]
    assert [f.code for f in lot.get(CertificationFormacode)] == ["45004"]
    assert [(v.voie, v.ouverte) for v in lot.get(CertificationVoie)] == [("scolaire", True), ("vae", False)]
    assert [(c.ancienne, c.nouvelle) for c in lot.get(ContinuiteCertification)] == [
        ("RNCP60001", "RNCP70001"),
        ("RNCP70001", "RNCP70009"),
    ]
    lu = journal.fichiers[0]
    assert (lu.lues, lu.gardees, len(lu.empreinte), lu.octets) == (1, 1, 64, (tmp_path / NOM).stat().st_size)


def test_inactive_organismes_are_left_out(tmp_path: Path) -> None:
    lot, _ = load_text(tmp_path, ENTETE + FICHE + FIN)
    assert [(o.nom, o.siret, o.role) for o in lot.get(Certificateur)] == [
        ("VENT", "00000000000017", "certificateur"),
        ("RUCHE", None, "partenaire"),
    ]


def test_name_without_day_takes_the_latest_past_change(tmp_path: Path) -> None:
    lot, journal = load_text(tmp_path, ENTETE + FICHE + FIN, "export_fiches_RNCP.xml")
    assert lot.get(Certification)[0].date_etat == date(2029, 5, 4)  # not the end of registration, in the future
    assert "nom sans date : état donné au 2029-05-04" in journal.fichiers[0].remarques[0]
    assert lot.millesime == "2029-05-04"


def test_without_any_day_the_state_is_not_told(tmp_path: Path) -> None:
    lot, _ = load_text(tmp_path, ENTETE + minimal("RNCP5", "<ACTIF>Oui</ACTIF>") + FIN, "rncp.xml")
    assert [(c.active, c.date_etat) for c in lot.get(Certification)] == [(None, None)]


def test_rncp_and_rs_are_read_together_and_old_extracts_give_way(tmp_path: Path) -> None:
    (tmp_path / "rncp.xml").write_text(ENTETE + minimal("RNCP5") + FIN, encoding="utf-8")
    (tmp_path / "export_fiches_RS_V4_1_2031-02-04.xml").write_text(ENTETE + minimal("RS6") + FIN, encoding="utf-8")
    (tmp_path / "export_fiches_RNCP_V4_1_2030-12-31.xml").write_text(ENTETE + minimal("RNCP7") + FIN, encoding="utf-8")
    lot, journal = load_text(tmp_path, ENTETE + FICHE + FIN)
    assert [c.numero for c in lot.get(Certification)] == ["RNCP70001", "RS6"]
    assert lot.millesime == "2031-02-04"
    assert "2030-12-31" in journal.fichiers[0].remarques[0]


def test_zip_is_streamed(tmp_path: Path) -> None:
    archive = tmp_path / "export-fiches-rncp-v4-1-2031-02-03.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as flux:
        flux.writestr("export_fiches_RNCP_V4_1.xml", ENTETE + FICHE + FIN)
    lot, _ = load(archive)
    assert lot.get(Certification)[0].date_etat == date(2031, 2, 3)  # the day is in the name of the archive


@pytest.mark.parametrize(
    ("brut", "attendu"),
    [
        ("- Lire  - Écrire", "Lire\nÉcrire"),
        ("Lire un plan   et le suivre", "Lire un plan et le suivre"),
        ("C.1. Lire.      C.2. Écrire", "C.1. Lire.\nC.2. Écrire"),
        ("4.1 Encadrer    4.1.1 Présenter", "4.1 Encadrer\n4.1.1 Présenter"),
        ("• Lire\n• Écrire\n\n", "Lire\nÉcrire"),
        ("Tri-sélectif - oui", "Tri-sélectif - oui"),
        ("   ", None),
    ],
)
def test_lists_of_competences_are_one_a_line(brut: str, attendu: str | None) -> None:
    assert split_competences(brut) == attendu


def test_bad_fiches_are_counted_with_their_line(tmp_path: Path) -> None:
    mauvaises = (
        "<FICHE><NUMERO_FICHE>70002</NUMERO_FICHE><INTITULE>Sans préfixe</INTITULE></FICHE>\n"
        "<FICHE><NUMERO_FICHE>RNCP70003</NUMERO_FICHE></FICHE>\n"
        "<FICHE><NUMERO_FICHE>RNCP70004</NUMERO_FICHE><INTITULE>Date</INTITULE>"
        "<DATE_FIN_ENREGISTREMENT>99/99/2030</DATE_FIN_ENREGISTREMENT></FICHE>\n"
        "<FICHE><NUMERO_FICHE>RNCP70001</NUMERO_FICHE><INTITULE>Encore</INTITULE></FICHE>\n"
    )
    lot, journal = load_text(tmp_path, ENTETE + FICHE + mauvaises + FIN)
    assert [c.intitule for c in lot.get(Certification)] == ["Souffler & refroidir"]
    lu = journal.fichiers[0]
    assert (lu.lues, lu.gardees, lu.rejets.total()) == (5, 1, 4)
    debut = (ENTETE + FICHE).count("\n") + 1
    assert [(e.ligne, e.colonne) for e in lu.exemples] == [
        (debut, "NUMERO_FICHE"),
        (debut + 1, "INTITULE"),
        (debut + 2, "DATE_FIN_ENREGISTREMENT"),
        (debut + 3, "NUMERO_FICHE"),
    ]
    assert lu.exemples[-1].motif == "doublon"


def test_bad_blocs_and_codes_are_left_with_a_remark(tmp_path: Path) -> None:
    plus = (
        "<BLOCS_COMPETENCES>"
        "<BLOC_COMPETENCES><CODE>RNCP6BC01</CODE><LIBELLE>Ailleurs</LIBELLE></BLOC_COMPETENCES>"
        "<BLOC_COMPETENCES><CODE>RNCP5BC02</CODE><LIBELLE> </LIBELLE></BLOC_COMPETENCES>"
        "<BLOC_COMPETENCES><CODE>RNCP5BC03</CODE><LIBELLE>Bon</LIBELLE></BLOC_COMPETENCES>"
        "<BLOC_COMPETENCES><CODE>RNCP5BC03</CODE><LIBELLE>Bis</LIBELLE></BLOC_COMPETENCES>"
        "</BLOCS_COMPETENCES><CODES_ROME><ROME><CODE>Z9</CODE></ROME></CODES_ROME>"
        "<ANCIENNES_CERTIFICATIONS><ANCIENNE_CERTIFICATION><ID_FICHE_ANCIENNE_CERTIFICATION>12"
        "</ID_FICHE_ANCIENNE_CERTIFICATION></ANCIENNE_CERTIFICATION></ANCIENNES_CERTIFICATIONS>"
    )
    lot, journal = load_text(tmp_path, ENTETE + minimal("RNCP5", plus) + FIN)
    assert [(b.code, b.intitule, b.competences) for b in lot.get(BlocCompetences)] == [("RNCP5BC03", "Bon", None)]
    assert lot.get(CertificationRome) == []
    remarques = "\n".join(journal.fichiers[0].remarques)
    for motif in ("bloc d'une autre fiche", "sans intitulé", "doublon", "code ROME mal formé", "continuité laissée"):
        assert motif in remarques


def test_mostly_bad_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectionError, match="numéro de fiche attendu"):
        load_text(tmp_path, ENTETE + "".join(minimal(f"X{n}") for n in range(30)) + FIN)


def test_truncated_file_names_its_line(tmp_path: Path) -> None:
    texte = ENTETE + FICHE + minimal("RNCP5")
    with pytest.raises(MalformedError, match="tronqué") as erreur:
        load_text(tmp_path, texte)
    assert erreur.value.ligne == texte.count("\n") + 1


def test_latin1_bytes_are_refused_with_their_line(tmp_path: Path) -> None:
    texte = ENTETE + minimal("RNCP5").replace("Fiche", "Métier") + FIN
    (tmp_path / NOM).write_bytes(texte.encode("latin-1"))
    with pytest.raises(MalformedError, match="mal encodé") as erreur:
        load(tmp_path)
    assert erreur.value.ligne == 5


def test_entities_are_refused(tmp_path: Path) -> None:
    bombe = '<?xml version="1.0"?>\n<!DOCTYPE FICHES [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>\n<FICHES>&b;</FICHES>'
    with pytest.raises(MalformedError, match="entités") as erreur:
        load_text(tmp_path, bombe)
    assert erreur.value.ligne == 2


def test_another_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match="« html »"):
        load_text(tmp_path, "<html><body>Erreur 503</body></html>")


def test_empty_or_absent(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError, match="aucun flux XML"):
        load(tmp_path)
    with pytest.raises(HeaderError, match="vide"):
        load_text(tmp_path, "")


def test_outsized_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rncp_flux, "FICHES_MAX", 3)
    with pytest.raises(OversizeError, match="plus de 3 fiches"):
        load_text(tmp_path, ENTETE + "".join(minimal(f"RNCP{n}") for n in range(4)) + FIN)
    monkeypatch.setattr(rncp_flux, "NOEUDS_MAX", 50)
    with pytest.raises(OversizeError, match="fiche démesurée"):
        load_text(tmp_path, ENTETE + minimal("RNCP5", "<CODES_NSF>" + "<NSF/>" * 60 + "</CODES_NSF>") + FIN)
    monkeypatch.setattr(rncp_flux, "CARACTERES_MAX", 1000)
    with pytest.raises(OversizeError, match="texte démesuré"):
        load_text(tmp_path, ENTETE + minimal("RNCP5", f"<ABREGE>{'a ' * 600}</ABREGE>") + FIN)


@pytest.mark.officiel
def test_official_samples_of_august_2026(donnees: Path) -> None:
    lot, journal = load(donnees / "rncp" / "echantillons_xml")
    fiches = lot.get(Certification)
    assert [sum(c.repertoire == r for c in fiches) for r in ("RNCP", "RS")] == [12, 8]
    blocs = lot.get(BlocCompetences)
    assert len(blocs) == 53
    assert all(bloc.competences for bloc in blocs)
    assert len(lot.get(CertificationRome)) == 33
    assert journal.rejetees == 0
    assert {c.date_etat for c in fiches if c.repertoire == "RNCP"} == {date(2026, 8, 14)}
    assert max(len((b.competences or "").split("\n")) for b in blocs) > 10


@pytest.mark.officiel
@pytest.mark.parametrize(("nom", "numeros"), [("rncp.xml", ["RNCP12345", "RNCP6789"]), ("rs.xml", ["RS2381"])])
def test_official_older_extracts(donnees: Path, nom: str, numeros: list[str]) -> None:
    lot, _ = load(donnees / "rncp" / "echantillons_xml" / nom)
    assert [c.numero for c in lot.get(Certification)] == numeros
