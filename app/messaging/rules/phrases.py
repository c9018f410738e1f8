"""
Fixed sentences that each reader sees in their own language, so that two people without a common one can still meet.

They stand here and not in a catalogue of translations, because a sentence that is missing in one language would reach
somebody who cannot read it. :data:`LANGUAGES` are the languages the site opens with.
"""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("en", "es", "fr", "de", "pt", "id", "ar")

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "hello": {
        "en": "Hello! Nice to meet you.",
        "es": "¡Hola! Mucho gusto.",
        "fr": "Bonjour ! Ravie de faire votre connaissance.",
        "de": "Hallo! Schön, Sie kennenzulernen.",
        "pt": "Olá! É um prazer conhecer você.",
        "id": "Halo! Senang berkenalan.",
        "ar": "مرحبًا! تشرّفت بمعرفتك.",
    },
    "meet_today": {
        "en": "Can we meet today?",
        "es": "¿Podemos vernos hoy?",
        "fr": "Pouvons-nous nous voir aujourd’hui ?",
        "de": "Können wir uns heute treffen?",
        "pt": "Podemos nos encontrar hoje?",
        "id": "Bisakah kita bertemu hari ini?",
        "ar": "هل يمكننا أن نلتقي اليوم؟",
    },
    "meet_tomorrow": {
        "en": "Can we meet tomorrow?",
        "es": "¿Podemos vernos mañana?",
        "fr": "Pouvons-nous nous voir demain ?",
        "de": "Können wir uns morgen treffen?",
        "pt": "Podemos nos encontrar amanhã?",
        "id": "Bisakah kita bertemu besok?",
        "ar": "هل يمكننا أن نلتقي غدًا؟",
    },
    "yes_fits": {
        "en": "Yes, that works for me.",
        "es": "Sí, me viene bien.",
        "fr": "Oui, cela me convient.",
        "de": "Ja, das passt mir.",
        "pt": "Sim, está bem para mim.",
        "id": "Ya, saya bisa.",
        "ar": "نعم، هذا يناسبني.",
    },
    "no_other_time": {
        "en": "That does not work for me. Another time, please?",
        "es": "Así no puedo. ¿Puede ser en otro momento?",
        "fr": "Cela ne me convient pas. Un autre moment, s’il vous plaît ?",
        "de": "Das passt mir leider nicht. Geht es ein andermal?",
        "pt": "Assim não consigo. Pode ser em outro horário?",
        "id": "Saya tidak bisa. Bisakah di waktu lain?",
        "ar": "هذا لا يناسبني. هل يمكن في وقت آخر؟",
    },
    "on_my_way": {
        "en": "I am on my way.",
        "es": "Voy en camino.",
        "fr": "Je suis en route.",
        "de": "Ich bin unterwegs.",
        "pt": "Estou a caminho.",
        "id": "Saya sedang di jalan.",
        "ar": "أنا في الطريق.",
    },
    "late_10": {
        "en": "I will be 10 minutes late.",
        "es": "Llegaré 10 minutos tarde.",
        "fr": "J’aurai 10 minutes de retard.",
        "de": "Ich komme 10 Minuten später.",
        "pt": "Vou chegar 10 minutos atrasada.",
        "id": "Saya akan terlambat 10 menit.",
        "ar": "سأتأخر 10 دقائق.",
    },
    "here": {
        "en": "I am here.",
        "es": "Ya llegué.",
        "fr": "Je suis arrivée.",
        "de": "Ich bin da.",
        "pt": "Cheguei.",
        "id": "Saya sudah sampai.",
        "ar": "لقد وصلت.",
    },
    "cool_box": {
        "en": "Please bring a cool box with ice packs.",
        "es": "Por favor, traiga una nevera portátil con bloques de hielo.",
        "fr": "Apportez une glacière avec des pains de glace, s’il vous plaît.",
        "de": "Bitte bringen Sie eine Kühlbox mit Kühlakkus mit.",
        "pt": "Por favor, traga uma caixa térmica com gelo reutilizável.",
        "id": "Tolong bawa kotak pendingin dengan es gel.",
        "ar": "من فضلك أحضري صندوق تبريد مع أكياس ثلج.",
    },
    "cannot_come": {
        "en": "I am sorry, I cannot come.",
        "es": "Lo siento, no puedo ir.",
        "fr": "Je suis désolée, je ne peux pas venir.",
        "de": "Es tut mir leid, ich kann nicht kommen.",
        "pt": "Desculpe, não posso ir.",
        "id": "Maaf, saya tidak bisa datang.",
        "ar": "أعتذر، لا أستطيع الحضور.",
    },
    "thank_you": {
        "en": "Thank you!",
        "es": "¡Gracias!",
        "fr": "Merci !",
        "de": "Danke!",
        "pt": "Obrigada!",
        "id": "Terima kasih!",
        "ar": "شكرًا لك!",
    },
}
"""Key → the sentence in every language of :data:`LANGUAGES`, in the order of the picker."""


def in_language(key: str, language: str) -> str:
    """
    The sentence ``key`` in ``language`` (``"pt_BR"`` reads as ``"pt"``), in English where the language is none of ours.

    Empty for a key that is no longer known.
    """
    sentences = PHRASES.get(key, {})
    return sentences.get(language.replace("-", "_").partition("_")[0].lower(), sentences.get("en", ""))
