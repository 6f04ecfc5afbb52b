"""What the page of a copy says in its headings, in the person's language; the names of fields stay those of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str
    title: str
    intro: str
    made: str
    by: str
    number: str
    reason: str
    times: str
    contents: str
    nothing: str
    receipt: str
    yes: str
    no: str
    parts: Mapping[str, str]
    months: str
    day: str
    """How a day is written: `{day}`, `{month}`, `{year}`."""

    def date(self, value: date) -> str:
        """Return a day as people write it."""
        return self.day.format(day=value.day, month=self.months.split()[value.month - 1], year=value.year)


ENGLISH = Words(
    language="en",
    title="A copy of your data",
    intro="This is everything that is stored about you here.",
    made="Made",
    by="Made by",
    number="Your number",
    reason="Reason",
    times="All times are of {zone}.",
    contents="Contents",
    nothing="Nothing.",
    receipt="Signed receipt",
    yes="yes",
    no="no",
    parts={
        "profile": "Your profile",
        "identifiers": "Your addresses and what you agreed to",
        "consents": "Your consents, one by one",
        "quarantine": "Consents without proof",
        "passedOn": "Who was told of your consents",
        "changes": "Changes of your profile",
        "importRows": "Rows of imported files",
        "mails": "Mails to you",
        "accessLog": "Who looked at your profile",
    },
    months="January February March April May June July August September October November December",
    day="{day} {month} {year}",
)
DUTCH = Words(
    language="nl",
    title="Een kopie van uw gegevens",
    intro="Dit is alles wat hier over u is opgeslagen.",
    made="Gemaakt",
    by="Gemaakt door",
    number="Uw nummer",
    reason="Reden",
    times="Alle tijden zijn die van {zone}.",
    contents="Inhoud",
    nothing="Niets.",
    receipt="Ondertekend ontvangstbewijs",
    yes="ja",
    no="nee",
    parts={
        "profile": "Uw profiel",
        "identifiers": "Uw adressen en waarmee u instemde",
        "consents": "Uw toestemmingen, een voor een",
        "quarantine": "Toestemmingen zonder bewijs",
        "passedOn": "Aan wie uw toestemmingen zijn doorgegeven",
        "changes": "Wijzigingen van uw profiel",
        "importRows": "Regels van geïmporteerde bestanden",
        "mails": "E-mails aan u",
        "accessLog": "Wie uw profiel bekeek",
    },
    months="januari februari maart april mei juni juli augustus september oktober november december",
    day="{day} {month} {year}",
)
GERMAN = Words(
    language="de",
    title="Eine Kopie Ihrer Daten",
    intro="Das ist alles, was hier über Sie gespeichert ist.",
    made="Erstellt",
    by="Erstellt von",
    number="Ihre Nummer",
    reason="Grund",
    times="Alle Zeiten sind die von {zone}.",
    contents="Inhalt",
    nothing="Nichts.",
    receipt="Signierte Quittung",
    yes="ja",
    no="nein",
    parts={
        "profile": "Ihr Profil",
        "identifiers": "Ihre Adressen und womit Sie einverstanden waren",
        "consents": "Ihre Einwilligungen im Einzelnen",
        "quarantine": "Einwilligungen ohne Nachweis",
        "passedOn": "An wen Ihre Einwilligungen weitergegeben wurden",
        "changes": "Änderungen Ihres Profils",
        "importRows": "Zeilen importierter Dateien",
        "mails": "E-Mails an Sie",
        "accessLog": "Wer Ihr Profil angesehen hat",
    },
    months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    day="{day}. {month} {year}",
)
FRENCH = Words(
    language="fr",
    title="Une copie de vos données",
    intro="Voici tout ce qui est conservé ici à votre sujet.",
    made="Établie",
    by="Établie par",
    number="Votre numéro",
    reason="Motif",
    times="Toutes les heures sont celles de {zone}.",
    contents="Sommaire",
    nothing="Rien.",
    receipt="Reçu signé",
    yes="oui",
    no="non",
    parts={
        "profile": "Votre profil",
        "identifiers": "Vos adresses et ce que vous avez accepté",
        "consents": "Vos consentements, un par un",
        "quarantine": "Consentements sans preuve",
        "passedOn": "À qui vos consentements ont été transmis",
        "changes": "Modifications de votre profil",
        "importRows": "Lignes de fichiers importés",
        "mails": "E-mails qui vous ont été adressés",
        "accessLog": "Qui a consulté votre profil",
    },
    months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    day="{day} {month} {year}",
)
SPANISH = Words(
    language="es",
    title="Una copia de sus datos",
    intro="Esto es todo lo que se guarda aquí sobre usted.",
    made="Hecha",
    by="Hecha por",
    number="Su número",
    reason="Motivo",
    times="Todas las horas son las de {zone}.",
    contents="Contenido",
    nothing="Nada.",
    receipt="Recibo firmado",
    yes="sí",
    no="no",
    parts={
        "profile": "Su perfil",
        "identifiers": "Sus direcciones y lo que aceptó",
        "consents": "Sus consentimientos, uno por uno",
        "quarantine": "Consentimientos sin prueba",
        "passedOn": "A quién se comunicaron sus consentimientos",
        "changes": "Cambios de su perfil",
        "importRows": "Filas de archivos importados",
        "mails": "Correos dirigidos a usted",
        "accessLog": "Quién consultó su perfil",
    },
    months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    day="{day} de {month} de {year}",
)
LANGUAGES = {one.language: one for one in (ENGLISH, DUTCH, GERMAN, FRENCH, SPANISH)}
