"""Makes demo/customers.csv: 500 invented people, the same each time. Run: `python -m demo.generate`.

Names are common ones put together by chance. Email addresses are in the domains that are kept for examples; phone numbers
and bank accounts are right in form, the banks do not exist.
"""

from __future__ import annotations

import csv
import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

FILE = Path(__file__).with_name("customers.csv")
PEOPLE = 500
SEED = 2026
COLUMNS = (
    "first_name last_name email phone_number gender date_of_birth street house_number zip_code city country bank_account "
    "account_holder job_title organization tags reference_id terms"
).split()


@dataclass(frozen=True)
class Land:
    """What people of one country are made of. `#` is a digit drawn anew each time, `@` a letter."""

    country: str
    weight: int
    women: str
    men: str
    last: str
    places: tuple[tuple[str, str], ...]
    streets: str
    phone: str
    bank: str = ""
    """The part of an IBAN after its check digits."""


LANDS = (
    Land("Netherlands", 26, "Sanne Femke Lotte Eva Maud Noor Fleur Iris", "Daan Sem Bram Thijs Lars Ruben Joost Sjoerd",
         "de Vries|Jansen|van den Berg|Bakker|Visser|Smit|Meijer|Mulder|van Dijk|Hoekstra|Ünal|El Amrani",
         (("Utrecht", "35## @@"), ("Amsterdam", "10## @@"), ("Rotterdam", "30## @@"), ("Groningen", "97## @@"), ("Zwolle", "80## @@")),
         "Oudegracht|Kerkstraat|Nieuwstraat|Dorpsstraat|Molenweg|Stationsplein", "+31 6 1234 5###", "NLTEST##########"),
    Land("Germany", 14, "Anna Lena Jule Greta Käthe Mia", "Jonas Felix Jürgen Björn Paul Emil",
         "Müller|Schmidt|Weiß|Schröder|Köhler|Vogel|Krämer|Yılmaz", (("Berlin", "10###"), ("Hamburg", "20###"), ("Köln", "50###"), ("Leipzig", "04###")),
         "Hauptstraße|Gartenweg|Bahnhofstraße|Lindenallee", "+49 171 39200##", "DE00000000##########"),
    Land("Belgium", 7, "Emma Louise Marie Nele", "Arthur Noah Wout Lucas", "Peeters|Janssens|Maes|Dubois|Lambert|Claes",
         (("Gent", "9000"), ("Antwerpen", "2000"), ("Liège", "4000")), "Veldstraat|Rue Neuve|Bondgenotenlaan", "+32 470 12 3# ##"),
    Land("France", 8, "Camille Chloé Zoé Élise Inès", "Hugo Théo François Loïc Jérôme", "Martin|Bernard|Lefèvre|Dubois|Moreau|Benali|Côté",
         (("Paris", "750##"), ("Lyon", "6900#"), ("Nantes", "44000")), "Rue de la Paix|Avenue Foch|Rue des Lilas", "+33 6 12 34 5# ##"),
    Land("Spain", 7, "Lucía María Sofía Núria", "Álvaro José Iñigo Martín", "Muñoz|García|Núñez|Ibáñez|Ferrer|Peña",
         (("Madrid", "280##"), ("Sevilla", "410##"), ("Valencia", "460##")), "Calle Mayor|Gran Vía|Calle del Sol", "+34 612 345 ###"),
    Land("Italy", 6, "Giulia Chiara Alessia", "Luca Matteo Niccolò", "Rossi|Bianchi|D'Angelo|Esposito|De Luca",
         (("Roma", "001##"), ("Milano", "201##"), ("Torino", "101##")), "Via Roma|Via Garibaldi|Corso Italia", "+39 312 345 6###"),
    Land("Poland", 6, "Agnieszka Zofia Małgorzata", "Łukasz Piotr Michał", "Nowak|Wójcik|Żółkiewski|Dąbrowska|Kaczmarek",
         (("Kraków", "31-###"), ("Gdańsk", "80-###"), ("Łódź", "90-###")), "Floriańska|Długa|Piotrkowska", "+48 512 345 ###"),
    Land("United Kingdom", 8, "Olivia Amelia Isla Aisha", "Oliver Harry Rhys Imran", "Smith|O'Neill|Taylor|Patel|Macdonald|Llewellyn",
         (("London", "SW1A #@@"), ("Leeds", "LS1 #@@"), ("Cardiff", "CF10 #@@")), "High Street|Station Road|Church Lane", "+44 7911 123 ###", "GBTEST##############"),
    Land("Sweden", 4, "Astrid Elsa Åsa", "Örjan Nils Axel", "Lindqvist|Åberg|Sjöström|Öberg", (("Malmö", "211 ##"), ("Uppsala", "753 ##")),
         "Storgatan|Kungsgatan", "+46 70 174 06 ##"),
    Land("Czechia", 3, "Eliška Tereza", "Jiří Ondřej", "Dvořák|Černá|Novák", (("Brno", "602 00"), ("Praha", "110 00")), "Masarykova|Hlavní", "+420 601 234 ###"),
    Land("Turkey", 3, "Ayşe İrem", "Çağlar Oğuz", "Yıldız|Şahin|Çelik", (("İzmir", "35###"), ("Ankara", "06###")), "Atatürk Caddesi|Çınar Sokak", "+90 532 123 4# ##"),
    Land("United States", 5, "Ava Grace Maya", "Mason Ethan Diego", "Johnson|Ramírez|Nguyen|Washington", (("Austin", "787##"), ("Portland", "972##")),
         "Main Street|Oak Avenue", "+1 202 555 01##"),
    Land("Japan", 2, "Yuki Sakura", "Haruto Ren", "Satō|Suzuki|Takahashi", (("Ōsaka", "530-####"),), "Midōsuji", "+81 90 1234 5###"),
    Land("Brazil", 2, "Júlia Conceição", "João Antônio", "Gonçalves|Araújo|Silva", (("São Paulo", "01###-###"),), "Rua das Flores", "+55 11 91234 5###"),
)  # fmt: skip
JOBS = "Editor Teacher Nurse Chef Developer Accountant Gardener Photographer Student Translator Architect Bookseller".split()
FIRMS = [
    "North Light Media", "Blue Door Books", "Harbour & Sons", "Lindenhof", "Atelier Noor", "Green Mile Cycling", "Café Central",
]  # fmt: skip
TAGS = ["newsletter", "vip", "food", "travel", "cycling", "books", "press", "events", "early bird", "gift card"]
TERMS = ["newsletter", "general-terms", "partner-offers"]


def main() -> None:
    """Write the file."""
    dice = random.Random(SEED)
    with FILE.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        out.writeheader()
        out.writerows(person(dice, number) for number in range(1, PEOPLE + 1))
    print(f"{PEOPLE} people in {FILE}")


def person(dice: random.Random, number: int) -> dict[str, str]:
    """Return one row; many lack something, as customers do."""
    land = dice.choices(LANDS, [one.weight for one in LANDS])[0]
    gender = dice.choices("FMO", [49, 49, 2])[0]
    names = {"F": land.women, "M": land.men, "O": f"{land.women} {land.men}"}[gender].split()
    first, last = dice.choice(names), dice.choice(land.last.split("|"))
    row = dict.fromkeys(COLUMNS, "")
    row["reference_id"] = f"D{number:04}"
    if dice.random() < 0.95:  # The others came in a shop and left a phone number.
        row["email"] = f"{plain(first)}.{plain(last)}{number}@example.{dice.choice(('com', 'org', 'net'))}"
    if not row["email"] or dice.random() < 0.6:
        row["phone_number"] = drawn(dice, land.phone)
    if dice.random() < 0.94:  # The others only ever gave an address for the newsletter.
        row |= {"first_name": first, "last_name": last}
        row |= about(dice, gender) | home(dice, land) | bank(dice, land, f"{first[0]}. {last}")
    row["tags"] = ",".join(sorted(dice.sample(TAGS, dice.choices((0, 1, 2, 3), (3, 4, 2, 1))[0])))
    agreed = date(2023, 1, 9) + timedelta(days=dice.randrange(1_100))
    row["terms"] = ",".join(f"{agreed}:{one}" for one in TERMS if dice.random() < 0.35)
    return row


def about(dice: random.Random, gender: str) -> dict[str, str]:
    """Return who somebody is, as far as he or she said."""
    born = date(1944, 5, 5) + timedelta(days=dice.randrange(23_000))
    job = dice.choice(JOBS) if dice.random() < 0.4 else ""
    return {
        "gender": gender if dice.random() < 0.7 else "",
        "date_of_birth": born.isoformat() if dice.random() < 0.65 else "",
        "job_title": job,
        "organization": dice.choice(FIRMS) if job and job != "Student" and dice.random() < 0.6 else "",
    }


def home(dice: random.Random, land: Land) -> dict[str, str]:
    """Return an address, whole or not at all."""
    if dice.random() < 0.3:
        return {}
    city, code = dice.choice(land.places)
    return {
        "street": dice.choice(land.streets.split("|")),
        "house_number": f"{dice.randrange(1, 180)}{dice.choice(('', '', '', '', '', 'a', '-2'))}",
        "zip_code": drawn(dice, code),
        "city": city,
        "country": land.country,
    }


def bank(dice: random.Random, land: Land, holder: str) -> dict[str, str]:
    """Return a bank account with right check digits, sometimes."""
    if not land.bank or dice.random() < 0.6:
        return {}
    country, rest = land.bank[:2], drawn(dice, land.bank[2:])
    digits = "".join(str(int(letter, 36)) for letter in f"{rest}{country}00")
    return {"bank_account": f"{country}{98 - int(digits) % 97:02}{rest}", "account_holder": holder}


def drawn(dice: random.Random, pattern: str) -> str:
    """Fill a pattern."""
    return "".join({"#": dice.choice("0123456789"), "@": dice.choice("BDGHKLNPRSTW")}.get(one, one) for one in pattern)


def plain(name: str) -> str:
    """Return a name in the letters of an email address."""
    letters = unicodedata.normalize("NFKD", name.translate(str.maketrans("łŁøıß", "lLois")))
    return "".join(one for one in letters if one.isascii() and one.isalpha()).lower()


if __name__ == "__main__":
    main()
