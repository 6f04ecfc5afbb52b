"""Writes demo/customers.csv: 500 invented people in the template's columns, the same ones every time.

    python -m demo.generate

Names are common ones of each country, put together at random. Emails end on domains that nobody can own (RFC 2606),
phone numbers lie in ranges kept free for fiction, IBANs are the examples that banks and registries publish.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from api.customers.values import fold
from api.imports.columns import TEMPLATE

PEOPLE = 500
SEED = 2026
FILE = Path(__file__).with_name("customers.csv")


@dataclass(frozen=True)
class Country:
    """Where some of the people live."""

    name: str
    share: int
    women: str
    men: str
    last: str
    streets: str
    cities: str
    """`City:postal code` with # for a digit and @ for a letter."""
    phone: str = ""
    """A range for fiction, # for its free digits."""
    iban: str = ""


COUNTRIES = (
    Country("Netherlands", 30, "Anouk Femke Lotte Maud Noor Roos Saar Tess Yara Zoë", "Bram Daan Jesse Koen Lars Niels Ruben Sem Thijs Wout",
            "Bakker|de Boer|van den Berg|van Dijk|Dekker|de Graaf|Hendriks|Hoekstra|Kuiper|Mulder|Peters|Postma|Smit|Veenstra|Vos",
            "Lange Nieuwstraat|Stationsweg|Molenstraat|Dorpsstraat|Prinsengracht|Schoolstraat|Julianalaan",
            "Utrecht:35## @@|Groningen:97## @@|Amsterdam:10## @@|Zwolle:80## @@|Haarlem:20## @@", iban="NL91ABNA0417164300"),
    Country("Germany", 15, "Anneke Greta Hannah Jule Katharina Lena Mia Paula Svenja Ulrike", "Anton Bernd Emil Felix Jürgen Karsten Lukas Moritz Till Uwe",
            "Bäcker|Fischer|Hoffmann|Köhler|Krüger|Lehmann|Müller|Neumann|Schröder|Weiß|Zimmermann",
            "Bahnhofstraße|Gartenweg|Hauptstraße|Lindenallee|Schillerstraße", "Berlin:10###|Köln:50###|Leipzig:041##|Freiburg:791##",
            "+4930231251##", "DE89370400440532013000"),
    Country("Belgium", 10, "Amélie Elise Fien Hanne Louise Margaux Nele", "Arnaud Bart Cédric Jef Maxime Pieter Wout",
            "Claes|Dubois|Goossens|Janssens|Lambert|Maes|Peeters|Willems", "Kerkstraat|Rue de la Station|Nieuwstraat|Avenue Louise",
            "Gent:90##|Antwerpen:20##|Liège:40##|Leuven:30##", iban="BE68539007547034"),
    Country("France", 10, "Camille Chloé Élodie Inès Léa Manon Océane Zoé", "Bastien Étienne Gaël Hugo Loïc Mathis Raphaël Théo",
            "Bernard|Fournier|Girard|Lefèvre|Moreau|Petit|Rousseau|Roux", "Rue Victor Hugo|Rue de la Paix|Avenue de la République|Rue du Moulin",
            "Lyon:690##|Nantes:440##|Lille:590##|Toulouse:310##", "+3326191####", "FR1420041010050500013M02606"),
    Country("United Kingdom", 10, "Amelia Bronwyn Eilidh Freya Imogen Nia Poppy", "Alistair Callum Dylan Finlay Harry Owen Rhys",
            "Campbell|Davies|Evans|Hughes|MacLeod|O'Connor|Taylor|Wright", "High Street|Church Lane|Station Road|Victoria Road",
            "Leeds:LS# #@@|Cardiff:CF## #@@|Glasgow:G# #@@|Bristol:BS# #@@", "+442079460###", "GB29NWBK60161331926819"),
    Country("Spain", 6, "Alba Carmen Inés Lucía Noelia Sofía", "Álvaro Iñaki Javier Martín Raúl Sergio",
            "Castro|García|Gutiérrez|Ibáñez|Martínez|Núñez|Peña", "Calle de Alcalá|Gran Vía|Calle del Sol|Paseo del Prado",
            "Sevilla:410##|Valencia:460##|Bilbao:480##", iban="ES9121000418450200051332"),
    Country("Sweden", 4, "Astrid Ebba Linnéa Saga Ylva", "Björn Göran Måns Oskar Sven", "Andersson|Björk|Lindström|Nyström|Öberg|Åkesson",
            "Storgatan|Kungsgatan|Skolgatan", "Malmö:211 ##|Uppsala:753 ##|Göteborg:411 ##", "+46701740###"),
    Country("Poland", 5, "Agnieszka Hanna Kinga Małgorzata Zofia", "Bartłomiej Jakub Łukasz Mikołaj Wojciech", "Dąbrowski|Gołąb|Kowalczyk|Nowak|Wójcik|Zając",
            "Długa|Polna|Ogrodowa|Kościuszki", "Gdańsk:80-###|Wrocław:50-###|Poznań:61-###"),
    Country("United States", 6, "Abigail Destiny Grace Madison Savannah", "Carter Ethan Jamal Mason Tyler", "Brooks|Johnson|Ramirez|Sullivan|Washington|Young",
            "Oak Street|Maple Avenue|2nd Street|Sunset Boulevard", "Portland:972##|Austin:787##|Boston:021##", "+1202555010#"),
    Country("Türkiye", 2, "Aslı Çiğdem Elif Şule", "Emre İbrahim Oğuz Yiğit", "Çelik|Doğan|Öztürk|Şahin|Yıldız", "Atatürk Caddesi|Bağdat Caddesi",
            "İzmir:35###|Ankara:06###"),
    Country("Japan", 2, "Akari Haruka Sakura Yui", "Daiki Haruto Kenta Ren", "Kobayashi|Satō|Suzuki|Takahashi", "Chūō-dōri|Meiji-dōri", "Kyoto:604-####|Osaka:530-####"),
)  # fmt: skip
JOBS = (
    "Account manager|Accountant|Architect|Baker|Bus driver|Carpenter|Chef|Data analyst|Dentist|Editor|Electrician|Engineer|Florist|"
    "General practitioner|Graphic designer|Journalist|Lawyer|Librarian|Marketing manager|Musician|Nurse|Photographer|Pilot|"
    "Product owner|Researcher|Sales manager|Student|Teacher|Translator|Veterinarian"
).split("|")
COMPANIES = (
    "Bright & Daughters|Café Zwart|Duinwijk Hospital|Een Twee Drie BV|Fjord Logistics|Groen Energy|Harbour Books|Iris Optics|"
    "Kiosk 24|La Bonne Table|Lumen Studio|Noord Media|Open Field Farms|Quayside Hotel|Rivierenland School|Tulip Cycles|Veldhoen Bikes"
).split("|")
TAGS = (
    ("newsletter", 45), ("webinar", 15), ("trade-fair", 10), ("vip", 6), ("press", 4), ("partner", 5), ("student", 8), ("early-access", 9),
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net")


def person(draw: random.Random, number: int, taken: set[str]) -> dict[str, str]:
    """Return one row; what a shop knows of its people is rarely complete."""
    land = draw.choices(COUNTRIES, [one.share for one in COUNTRIES])[0]
    sex = draw.choices("FMO", [48, 48, 4])[0]
    names = {"F": land.women, "M": land.men}.get(sex, f"{land.women} {land.men}")
    row = {
        "first_name": draw.choice(names.split()),
        "last_name": draw.choice(land.last.split("|")),
        "reference_id": f"D{number:04d}",
        "gender": sex if draw.random() < 0.8 else "",
        "date_of_birth": "",
    }
    row["email"] = _email(draw, row, taken)
    if draw.random() < 0.6:
        row["date_of_birth"] = str(date(1945, 1, 1) + timedelta(days=draw.randrange(62 * 365)))
    if land.phone and draw.random() < 0.7:
        row["phone_number"] = _filled(draw, land.phone).lstrip("+")
    if draw.random() < 0.75:
        row |= _address(draw, land)
    if land.iban and draw.random() < 0.15:
        row |= {"bank_account": land.iban, "account_holder": f"{row['first_name'][0]}. {row['last_name']}"}
    if draw.random() < 0.65:
        row["job_title"] = draw.choice(JOBS)
    if draw.random() < 0.5:
        row["organization"] = draw.choice(COMPANIES)
    row["tags"] = ",".join(tag for tag, share in TAGS if draw.random() * 100 < share)
    if "newsletter" in row["tags"]:
        row["terms"] = f"{date(2023, 1, 1) + timedelta(days=draw.randrange(1000))}:newsletter"
    return row


def _email(draw: random.Random, row: dict[str, str], taken: set[str]) -> str:
    first, last = (
        fold(row[name]).replace("ı", "i").replace("ł", "l").replace("ø", "o") for name in ("first_name", "last_name")
    )
    plain = "".join(one for one in f"{first}.{last}" if one.isascii() and (one.isalnum() or one == "."))
    for attempt in range(1, PEOPLE):
        email = f"{plain}{attempt if attempt > 1 else ''}@{draw.choice(DOMAINS)}"
        if email not in taken:
            taken.add(email)
            return email
    raise AssertionError


def _address(draw: random.Random, land: Country) -> dict[str, str]:
    city, code = draw.choice(land.cities.split("|")).split(":")
    return {
        "street": draw.choice(land.streets.split("|")),
        "house_number": f"{draw.randrange(1, 240)}{draw.choice(['', '', '', 'a', '-2'])}",
        "zip_code": _filled(draw, code),
        "city": city,
        "country": land.name,
    }


def _filled(draw: random.Random, pattern: str) -> str:
    return "".join(
        str(draw.randrange(10)) if one == "#" else draw.choice("ABCDEGHJKLNPRSTVWXZ") if one == "@" else one
        for one in pattern
    )


def main() -> None:
    """Write the file."""
    draw, taken = random.Random(SEED), set[str]()
    rows = [person(draw, number, taken) for number in range(1, PEOPLE + 1)]
    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, TEMPLATE, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} people in {FILE.name}")


if __name__ == "__main__":
    main()
