# Azimut : « make demo » montre, « make test » vérifie. Il ne faut que make et un Python 3.11 ou plus récent.
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

# Un environnement déplacé, copié ou dont le Python a disparu ne vaut plus rien : il est refait.
ifneq ($(shell test -x $(BIN)/python && cat $(VENV)/dossier 2>/dev/null),$(CURDIR))
$(VENV)/demo: perime
endif

.DEFAULT_GOAL := aide
.PHONY: aide demo test mesures charge nettoyer perime

aide:
	@echo "make demo      installe, construit le catalogue, montre une recommandation, sert http://127.0.0.1:8000/"
	@echo "make test      installe, vérifie le style, les types et l'architecture, puis lance les tests"
	@echo "make mesures   lance les mesures qui ont un seuil (durées, mémoire)"
	@echo "make charge    charge le service sur cette machine, données officielles (MINUTES=10 pour l'endurance)"
	@echo "make nettoyer  efface l'environnement et tout ce qui a été construit"

demo: $(VENV)/demo
	@$(BIN)/azimut demo

test: $(VENV)/test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	@echo "Types et architecture"
	@$(BIN)/mypy --no-error-summary
	@sortie=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$sortie"; exit 1; }
	@echo "Tests"
	@$(BIN)/pytest --quiet --numprocesses 2 --dist loadfile

mesures: $(VENV)/test
	@$(BIN)/pytest --quiet -m mesure -rP

charge: $(VENV)/test
	@CHARGE_MINUTES=$(MINUTES) $(BIN)/pytest --quiet -m mesure -rP tests/benchmarks/test_charge_api.py

nettoyer:
	rm -rf $(VENV) var build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Chaque étape laisse un témoin dans l'environnement : elle n'est refaite que si pyproject.toml change.
$(VENV)/demo: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Azimut demande Python 3.11 ou plus récent : « make PYTHON=/chemin/vers/python3 … » en désigne un."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "L'environnement Python n'a pas pu être créé (sous Debian et Ubuntu : paquet python3-venv)."; exit 1; }
	@echo "Installation d'Azimut (une minute environ, la première fois seulement)"
	@$(PIP) --editable .
	@echo "$(CURDIR)" > $(VENV)/dossier
	@touch $@

$(VENV)/test: $(VENV)/demo
	@echo "Installation des outils de test (une minute environ, la première fois seulement)"
	@$(PIP) --editable ".[dev]"
	@touch $@

perime:
	@rm -rf $(VENV)
