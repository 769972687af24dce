"""Everyday expressions are rewritten in the words of the référentiels."""

from embeddings.lexique import Lexique, load_lexique, load_sigles


def test_longest_expression_wins_and_the_rest_is_kept() -> None:
    lexique = Lexique({"caisse": "A", "tenir une caisse": "gérer une caisse"})
    assert lexique.rewrite("Je sais tenir une caisse vite") == "je sais gérer une caisse vite"


def test_accents_case_gender_and_number_do_not_count() -> None:
    lexique = Lexique({"mecano": "mécanicien", "aide menagere": "aide à domicile"})
    assert lexique.rewrite("MÉCANOS") == "mécanicien"
    assert lexique.rewrite("aides ménagères") == "aide à domicile"


def test_a_text_without_expression_is_left_alone() -> None:
    assert load_lexique().rewrite("boulanger") is None
    assert load_lexique().rewrite("") is None
    assert load_lexique().rewrite("🙂 <b>") is None


def test_the_shipped_lexicon_never_loops_or_empties() -> None:
    lexique = load_lexique()
    assert lexique.rewrite("bosser avec les vieux") == "accompagner des personnes âgées"
    assert "travail manuel" in (lexique.rewrite("travailler de mes mains") or "")


def test_an_acronym_is_read_in_full_and_never_in_an_ordinary_word() -> None:
    sigles = load_sigles()
    assert sigles.rewrite("BTS MCO") == "BTS Management commercial opérationnel"
    assert sigles.rewrite("le DEAS à Nantes") == "le aide-soignant a nantes"
    for ordinaire in ("une idée", "la même chose", "aimer", "des amps", "BTS"):
        assert sigles.rewrite(ordinaire) is None, ordinaire
