/* Azimut sur une autre page : <azimut-orientation territoire="44" entree="interets"></azimut-orientation>
   Rien n'est gardé, rien n'est demandé à un autre site. EUPL-1.2 */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector('script[src*="/widget.js"]');
  if (!script || !self.customElements || customElements.get("azimut-orientation")) return;
  const DEPART = new URL("orientation", script.src);
  const PASSES = ["territoire", "entree", "langue", "mode"];
  const COULEURS = ["accent", "fond", "papier", "encre"];
  const MOTS = {
    fr: ["Azimut : des métiers à explorer", "Explorer des métiers avec Azimut"],
    facile: ["Azimut : trouver des idées de métiers", "Trouver des idées de métiers avec Azimut"],
  };
  const PATIENCE = 2500; // ms après le chargement du cadre : au-delà, ce n'est pas Azimut qui s'y trouve
  const HAUTEUR = [240, 640, 30000];
  const AA = 4.5;

  const feuille = "adoptedStyleSheets" in Document.prototype && new CSSStyleSheet();
  if (feuille) {
    feuille.replaceSync(
      ":host{display:block;width:auto;min-width:0}:host([hidden]){display:none}" +
      "iframe{display:block;width:100%;border:0}[hidden]{display:none}"
    );
  }

  /* Une couleur de l'hôte, quelle que soit son écriture : ses trois octets, ou rien. */
  const lireCouleur = (sonde, texte) => {
    if (!texte || texte.length > 80) return null;
    sonde.style.color = "";
    sonde.style.color = `color-mix(in srgb, ${texte}, ${texte})`;
    const lue = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)\)$/.exec(getComputedStyle(sonde).color);
    if (lue) return lue.slice(1).map(v => Math.round(Math.min(1, Math.max(0, v)) * 255));
    const hexa = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(texte);
    return hexa && hexa.slice(1).map(v => parseInt(v, 16));
  };
  const luminance = rvb => {
    const [r, v, b] = rvb.map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * v + 0.0722 * b;
  };
  const contraste = (a, b) => {
    const [fort, faible] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (fort + 0.05) / (faible + 0.05);
  };

  class AzimutOrientation extends HTMLElement {
    static observedAttributes = [...PASSES, "theme", "hauteur"];
    #cadre; #repli; #minuterie; #pret = false; #attend = false;

    connectedCallback() {
      addEventListener("message", this);
      const feuilles = [...document.querySelectorAll('link[rel~="stylesheet"]')];
      // Les propriétés --azimut-* ne se lisent qu'une fois les feuilles de l'hôte arrivées.
      if (document.readyState === "complete" || (document.readyState !== "loading" && feuilles.every(f => f.sheet))) {
        this.#ouvrir();
      } else if (!this.#attend) {
        this.#attend = true;
        addEventListener("load", () => this.isConnected && this.#ouvrir(), { once: true });
      }
    }

    disconnectedCallback() {
      removeEventListener("message", this);
      clearTimeout(this.#minuterie);
    }

    attributeChangedCallback() {
      if (this.#cadre && this.isConnected) this.#ouvrir();
    }

    #ouvrir() {
      if (!this.#cadre) this.#batir();
      const [titre, lien] = MOTS[this.getAttribute("langue")] || MOTS.fr;
      const adresse = this.#adresse();
      const fixe = this.#fixe();
      this.#cadre.title = titre;
      this.#cadre.style.height = `${fixe || HAUTEUR[1]}px`;
      this.#repli.href = adresse;
      this.#repli.textContent = lien;
      if (this.#cadre.src !== adresse) {
        this.#pret = false;
        this.#cadre.src = adresse;
      }
      if (!this.#cadre.isConnected) this.shadowRoot.prepend(this.#cadre);
    }

    #batir() {
      const ombre = this.attachShadow({ mode: "open" });
      if (feuille) ombre.adoptedStyleSheets = [feuille];
      this.#cadre = document.createElement("iframe");
      this.#cadre.loading = "lazy";
      this.#cadre.referrerPolicy = "no-referrer";
      this.#cadre.addEventListener("load", () => this.#saluer());
      // Un lien déjà écrit dans l'élément reste le repli ; à défaut, le nôtre.
      const place = document.createElement("slot");
      this.#repli = document.createElement("a");
      place.append(this.#repli);
      place.hidden = true;
      ombre.append(place);
    }

    #fixe() {
      const dite = Number(this.getAttribute("hauteur"));
      return dite >= HAUTEUR[0] && dite <= HAUTEUR[2] ? Math.round(dite) : 0;
    }

    #adresse() {
      const adresse = new URL(DEPART);
      for (const nom of PASSES) {
        const valeur = this.getAttribute(nom);
        if (valeur) adresse.searchParams.set(nom, valeur);
      }
      const theme = this.getAttribute("theme") || this.#theme();
      if (theme) adresse.searchParams.set("theme", theme);
      return adresse.href;
    }

    /* Les propriétés --azimut-* de l'hôte. Ce qui ne se lirait pas n'est pas transmis ; Azimut vérifie encore. */
    #theme() {
      const style = getComputedStyle(this);
      const dite = nom => style.getPropertyValue(`--azimut-${nom}`).trim();
      const sonde = this.shadowRoot.querySelector("slot");
      const lues = {};
      for (const nom of COULEURS) {
        const couleur = lireCouleur(sonde, dite(nom));
        if (couleur) lues[nom] = couleur;
        else if (dite(nom)) console.warn(`Azimut : --azimut-${nom} n'est pas une couleur lisible.`);
      }
      sonde.style.color = "";
      for (const [devant, derriere] of [["encre", "fond"], ["encre", "papier"], ["accent", "fond"], ["accent", "papier"]]) {
        if (lues[devant] && lues[derriere] && contraste(lues[devant], lues[derriere]) < AA) {
          console.warn(`Azimut : contraste trop faible entre --azimut-${devant} et --azimut-${derriere}.`);
          delete lues[devant];
        }
      }
      const parts = Object.entries(lues).map(
        ([nom, rvb]) => `${nom}:${rvb.map(c => c.toString(16).padStart(2, "0")).join("")}`
      );
      const police = dite("police").replace(/["']/g, "");
      if (/^[\w ,-]{1,80}$/.test(police)) parts.push(`police:${police}`);
      const rayon = /^(\d{1,2}(?:\.\d+)?)(px|rem)?$/.exec(dite("rayon"));
      if (rayon) parts.push(`rayon:${Math.round(rayon[1] * (rayon[2] === "rem" ? 16 : 1))}`);
      return parts.join(";");
    }

    #saluer() {
      clearTimeout(this.#minuterie);
      this.#minuterie = setTimeout(() => this.#montrer(false), PATIENCE);
      this.#cadre.contentWindow.postMessage({ type: "azimut:bonjour" }, DEPART.origin);
    }

    #montrer(cadre) {
      this.#cadre.hidden = !cadre;
      this.shadowRoot.querySelector("slot").hidden = cadre;
    }

    handleEvent({ origin, source, data }) {
      if (origin !== DEPART.origin || !this.#cadre || source !== this.#cadre.contentWindow || !data) return;
      if (data.type === "azimut:pret") {
        clearTimeout(this.#minuterie);
        this.#montrer(true);
        // Un nouvel écran se lit depuis son début, où que l'on ait touché le précédent.
        if (this.#pret && this.getBoundingClientRect().top < 0) this.scrollIntoView();
        this.#pret = true;
      } else if (data.type === "azimut:hauteur" && data.hauteur > 0 && !this.#fixe()) {
        this.#cadre.style.height = `${Math.min(HAUTEUR[2], Math.max(HAUTEUR[0], Math.ceil(data.hauteur)))}px`;
      } else if (data.type === "azimut:resultat") {
        this.#dire(data.type, { nombre: Number(data.nombre) || 0 });
      } else if (data.type === "azimut:conseiller") {
        this.#dire(data.type, {});
      }
    }

    #dire(type, detail) {
      this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
    }
  }

  customElements.define("azimut-orientation", AzimutOrientation);
})();
