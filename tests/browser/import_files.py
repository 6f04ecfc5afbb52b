"""Files that the browser imports: invented people, with what a real file has wrong in it."""

from __future__ import annotations

from itertools import count

HEADER = (
    "first_name,last_name,email,phone_number,gender,date_of_birth,street,house_number,zip_code,city,country,"
    "bank_account,account_holder,job_title,organization,tags,reference_id,terms\r\n"
)

# Seven rows: four new people; one that is invalid by its date (1990 was no leap year), one by its email; and the first
# person again, who gains a tag and keeps her job title.
PEOPLE = HEADER + (
    "Femke,van Dijk,femke.vandijk@example.net,31687654321,F,1986-09-03,Singel,40-a,1015 AB,Amsterdam,Netherlands,"
    'NL91ABNA0417164300,F. van Dijk,Photographer,Dijk Studio,"newsletter,vip",F2001,'
    '"2024-05-01:newsletter,2024-05-01:general-terms"\r\n'
    "Begoña,Ibáñez,begona.ibanez@example.net,34687654321,Female,07-11-1979,Gran Vía,12,28013,Madrid,Spain,,,Baker,,"
    '"food",F2002,01-02-2023:newsletter\r\n'
    "Paweł,Źrebak,PAWEL.ZREBAK@Example.NET,+48 512 999 678,M,1990-02-29,Długa,7,31-147,Kraków,Poland,"
    "PL61109010140000071219812874,,,,,F2003,\r\n"
    ",,nameless@example.net,,,,,,,,,,,,,,,\r\n"
    "Ruben,Smit,not-an-email,0612345678,O,12/31/1990,Kerkstraat,,1017 GC,Amsterdam,Holland,NL00BANK0000000000,R. Smit,,,"
    '"a,b,,c",F 2005,2024-13-45:newsletter\r\n'
    '"D\'Arcy, ""Jo""",Brown,jo.darcy@example.net,12025550199,Other,1971-07-20,"2, High St",2,20002,Washington,'
    'United States,,,"=HYPERLINK(""http://x"")",Brown & Daughters,"west coast",F2006,\r\n'
    "Femke,van Dijk,femke.vandijk@example.net,31687654321,F,1986-09-03,Singel,40-a,1015 AB,Amsterdam,Netherlands,"
    'NL91ABNA0417164300,F. van Dijk,Art director,Dijk Studio,"newsletter,press",F2001,\r\n'
)  # fmt: skip

# Titles of another system, semicolons, Windows-1252, a guess and a column that goes nowhere.
OTHER = (
    "E-mail;Voornaam;Last name;Billing city;Shoe size\r\n"
    "zoe.larsen@example.net;Zoë;Lárseñ;Århus;38\r\n"
    "iker.nunez@example.net;Iker;Núñez;Málaga;44\r\n"
)  # fmt: skip

# A quote that is opened in line 3 and never closed.
BROKEN = 'first_name,email\r\nAnna,anna.broken@example.net\r\n"Bert,bert.broken@example.net\r\n'


def many(rows: int) -> str:
    """Return a file of so many new people, long enough to be watched while it is imported."""
    lines = (f"Person{n},Watched,watched.{n}@example.net,W{n}\r\n" for n in range(rows))
    return "first_name,last_name,email,reference_id\r\n" + "".join(lines)


_visits = count(1)


def new_people() -> str:
    """Return the seven rows with identifiers that no file before had."""
    visit = next(_visits)
    return PEOPLE.replace("@example.net", f"@visit{visit}.example").replace("F20", f"V{visit}F")
