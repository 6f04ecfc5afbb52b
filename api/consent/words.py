"""What the mail and the pages for the people themselves say, in their languages: plain strings, `{name}` is the topic's."""

from __future__ import annotations

from dataclasses import dataclass

from api.agreements.model import ConsentChannel, Known
from api.consent.model import Topic, TopicKind


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str
    mail_subject: str
    mail_text: str
    confirm: str
    confirm_ask: str
    confirmed: str
    confirmed_text: str
    unsubscribe: str
    unsubscribe_ask: str
    unsubscribed: str
    unsubscribed_text: str
    broken: str
    broken_text: str
    expired: str
    expired_text: str
    void: str
    void_text: str
    busy: str
    busy_text: str
    channels: tuple[str, str, str, str, str, str, str]
    """In the order of `ConsentChannel`."""
    selling: str


ENGLISH = Words(
    language="en",
    mail_subject="Please confirm: {name}",
    mail_text="""Hello,

somebody, we hope it was you, signed up with this address: {name}.

If that was you, confirm it here within {days} days:

{link}

If it was not you, you need not do anything: without your confirmation nothing comes of it.
""",
    confirm="Confirm",
    confirm_ask="Please confirm that you want this: {name}.",
    confirmed="Confirmed",
    confirmed_text="Thank you. You said yes to {name}.",
    unsubscribe="Unsubscribe",
    unsubscribe_ask="Do you want to get no more of {name}?",
    unsubscribed="You are unsubscribed",
    unsubscribed_text="You will get no more of {name}.",
    broken="This link does not work",
    broken_text="A part of it may be missing. Open it once more from the message that you got.",
    expired="This link has expired",
    expired_text="Sign up once more, and you will get a new one.",
    void="This link is no longer valid",
    void_text="What it asks for was taken back or closed since. If you want it now, sign up once more.",
    busy="Please try again",
    busy_text="This did not work just now, and nothing was changed.",
    channels=("email", "SMS", "phone", "push message", "web push message", "post", "in the app"),
    selling="the selling of my data",
)
DUTCH = Words(
    language="nl",
    mail_subject="Graag bevestigen: {name}",
    mail_text="""Hallo,

iemand, hopelijk u, heeft zich met dit adres aangemeld: {name}.

Was u dat? Bevestig het dan hier, binnen {days} dagen:

{link}

Was u het niet, dan hoeft u niets te doen: zonder uw bevestiging gebeurt er niets.
""",
    confirm="Bevestigen",
    confirm_ask="Bevestig dat u dit wilt: {name}.",
    confirmed="Bevestigd",
    confirmed_text="Dank u wel. U hebt ja gezegd tegen {name}.",
    unsubscribe="Afmelden",
    unsubscribe_ask="Wilt u {name} niet meer ontvangen?",
    unsubscribed="U bent afgemeld",
    unsubscribed_text="U ontvangt {name} niet meer.",
    broken="Deze link werkt niet",
    broken_text="Misschien ontbreekt er een stuk. Open hem nog eens vanuit het bericht dat u kreeg.",
    expired="Deze link is verlopen",
    expired_text="Meld u nog een keer aan, dan krijgt u een nieuwe.",
    void="Deze link is niet meer geldig",
    void_text="Wat hij vraagt, is intussen ingetrokken of gesloten. Wilt u het nu wel, meld u dan nog een keer aan.",
    busy="Probeer het nog eens",
    busy_text="Het lukte nu niet, en er is niets veranderd.",
    channels=("e-mail", "sms", "telefoon", "pushbericht", "webpushbericht", "post", "in de app"),
    selling="de verkoop van mijn gegevens",
)
GERMAN = Words(
    language="de",
    mail_subject="Bitte bestätigen: {name}",
    mail_text="""Guten Tag,

jemand, hoffentlich Sie, hat sich mit dieser Adresse angemeldet: {name}.

Wenn Sie das waren, bestätigen Sie es bitte hier innerhalb von {days} Tagen:

{link}

Wenn Sie es nicht waren, brauchen Sie nichts zu tun: ohne Ihre Bestätigung geschieht nichts.
""",
    confirm="Bestätigen",
    confirm_ask="Bitte bestätigen Sie, dass Sie dies möchten: {name}.",
    confirmed="Bestätigt",
    confirmed_text="Vielen Dank. Sie haben zugestimmt: {name}.",
    unsubscribe="Abmelden",
    unsubscribe_ask="Möchten Sie nichts mehr erhalten von: {name}?",
    unsubscribed="Sie sind abgemeldet",
    unsubscribed_text="Sie erhalten nichts mehr von: {name}.",
    broken="Dieser Link funktioniert nicht",
    broken_text="Vielleicht fehlt ein Teil. Öffnen Sie ihn noch einmal aus der Nachricht, die Sie erhalten haben.",
    expired="Dieser Link ist abgelaufen",
    expired_text="Melden Sie sich noch einmal an, dann erhalten Sie einen neuen.",
    void="Dieser Link gilt nicht mehr",
    void_text="Worum er bittet, wurde inzwischen widerrufen oder geschlossen. Melden Sie sich bei Bedarf noch einmal an.",
    busy="Bitte versuchen Sie es noch einmal",
    busy_text="Das hat gerade nicht geklappt, und es wurde nichts geändert.",
    channels=("E-Mail", "SMS", "Telefon", "Push-Nachricht", "Web-Push-Nachricht", "Post", "in der App"),
    selling="der Verkauf meiner Daten",
)
FRENCH = Words(
    language="fr",
    mail_subject="Merci de confirmer : {name}",
    mail_text="""Bonjour,

quelqu'un, vous sans doute, s'est inscrit avec cette adresse : {name}.

Si c'était vous, confirmez-le ici dans les {days} jours :

{link}

Si ce n'était pas vous, vous n'avez rien à faire : sans votre confirmation, il ne se passe rien.
""",
    confirm="Confirmer",
    confirm_ask="Merci de confirmer que vous souhaitez ceci : {name}.",
    confirmed="C'est confirmé",
    confirmed_text="Merci. Vous avez accepté : {name}.",
    unsubscribe="Se désinscrire",
    unsubscribe_ask="Souhaitez-vous ne plus rien recevoir de : {name} ?",
    unsubscribed="Vous êtes désinscrit",
    unsubscribed_text="Vous ne recevrez plus rien de : {name}.",
    broken="Ce lien ne fonctionne pas",
    broken_text="Il en manque peut-être une partie. Ouvrez-le à nouveau depuis le message que vous avez reçu.",
    expired="Ce lien a expiré",
    expired_text="Inscrivez-vous à nouveau pour en recevoir un autre.",
    void="Ce lien n'est plus valable",
    void_text="Ce qu'il demande a été retiré ou fermé depuis. Si vous le souhaitez maintenant, inscrivez-vous à nouveau.",
    busy="Merci de réessayer",
    busy_text="Cela n'a pas marché cette fois, et rien n'a été modifié.",
    channels=("e-mail", "SMS", "téléphone", "notification", "notification web", "courrier", "dans l'application"),
    selling="la vente de mes données",
)
SPANISH = Words(
    language="es",
    mail_subject="Confirme, por favor: {name}",
    mail_text="""Hola:

Alguien, esperamos que usted, se ha inscrito con esta dirección: {name}.

Si fue usted, confírmelo aquí en un plazo de {days} días:

{link}

Si no fue usted, no tiene que hacer nada: sin su confirmación no ocurre nada.
""",
    confirm="Confirmar",
    confirm_ask="Confirme, por favor, que desea esto: {name}.",
    confirmed="Confirmado",
    confirmed_text="Gracias. Ha aceptado: {name}.",
    unsubscribe="Darse de baja",
    unsubscribe_ask="¿Desea dejar de recibir {name}?",
    unsubscribed="Se ha dado de baja",
    unsubscribed_text="Ya no recibirá {name}.",
    broken="Este enlace no funciona",
    broken_text="Quizá le falta una parte. Ábralo otra vez desde el mensaje que recibió.",
    expired="Este enlace ha caducado",
    expired_text="Inscríbase otra vez y recibirá uno nuevo.",
    void="Este enlace ya no es válido",
    void_text="Lo que pide se ha retirado o cerrado desde entonces. Si lo desea ahora, inscríbase otra vez.",
    busy="Inténtelo de nuevo",
    busy_text="No ha funcionado esta vez, y no se ha cambiado nada.",
    channels=("correo electrónico", "SMS", "teléfono", "notificación", "notificación web", "correo postal", "en la aplicación"),
    selling="la venta de mis datos",
)  # fmt: skip
LANGUAGES = {one.language: one for one in (ENGLISH, DUTCH, GERMAN, FRENCH, SPANISH)}


def name_of(words: Words, known: Known, topic: Topic) -> str:
    """Return how people know a topic, in one line."""
    if topic.kind is TopicKind.LIST:
        name = known.lists[str(topic.list)].name
    elif topic.kind is TopicKind.TERM:
        name = known.terms[str(topic.term)].name
    elif topic.kind is TopicKind.DO_NOT_SELL or topic.channel is None:
        name = words.selling
    else:
        channel = words.channels[list(ConsentChannel).index(topic.channel)]
        name = f"{known.purposes[str(topic.purpose)].name} ({channel})"
    return " ".join(name.split())
