"""What the demo shops and the people around them are called. All of them are invented."""

from collections.abc import Sequence

from apps.auth.models import BusinessType
from apps.core.seeding.draws import Draw

MEN = (
    *("রহিম", "করিম", "জাহিদ", "তানভীর", "ইমরান", "শফিক", "আরিফ", "হাসান", "মাহবুব", "সাইফুল"),
    *("রফিক", "নাঈম", "সোহেল", "কামাল", "জসিম", "আনিস", "ফারুক", "মিজান", "রাকিব", "শাহীন"),
    *("সুমন", "বিপ্লব", "দীপক", "অমিত", "রতন"),
)
WOMEN = (
    *("ফাতেমা", "আয়েশা", "নাসরিন", "সুমাইয়া", "রুমানা", "মৌসুমী", "শারমিন", "তাসনিম", "রোকেয়া", "সালমা"),
    *("নুসরাত", "জান্নাত", "শিরিন", "পারভীন", "লাকী", "মিতু", "রিনা", "হালিমা", "খাদিজা", "সাবিনা"),
    *("অনিতা", "শিউলি", "কবিতা", "পূজা", "ডলি"),
)
MENS_FAMILIES = (
    *("হোসেন", "ইসলাম", "আহমেদ", "রহমান", "আলম", "মিয়া", "চৌধুরী", "সরকার", "তালুকদার", "শেখ"),
    *("খান", "মোল্লা", "হক", "উদ্দিন", "ভূঁইয়া"),
)
WOMENS_FAMILIES = (
    *("বেগম", "আক্তার", "খাতুন", "সুলতানা", "চৌধুরী", "রহমান", "ইসলাম", "পারভীন", "খানম", "নাহার"),
    *("জাহান", "সরকার", "হক", "আফরোজ", "ফেরদৌসী"),
)

SHOPS = (
    *(
        "মায়ের দোয়া",
        "ভাই ভাই",
        "বিসমিল্লাহ",
        "পদ্মা",
        "মেঘনা",
        "যমুনা",
        "কর্ণফুলী",
        "সোনার বাংলা",
        "নিউ ঢাকা",
    ),
    *("আল-মদিনা", "শাপলা", "চাঁদনী", "স্বপ্ন", "রূপসী", "একতা", "জনতা", "বন্ধু", "সবুজ", "মুক্তা", "আলো"),
)
KINDS = {
    BusinessType.GROCERY: ("জেনারেল স্টোর", "মুদি ভান্ডার", "সুপার শপ", "ভ্যারাইটিজ স্টোর"),
    BusinessType.PHARMACY: ("ফার্মেসি", "মেডিকেল হল", "ড্রাগ হাউস"),
    BusinessType.CLOTHING: ("ফ্যাশন", "বস্ত্রালয়", "গার্মেন্টস"),
    BusinessType.ELECTRONICS: ("ইলেকট্রনিক্স", "ইলেকট্রিক হাউস", "টেলিকম"),
    BusinessType.RESTAURANT: ("রেস্তোরাঁ", "হোটেল", "বিরিয়ানি হাউস", "কাবাব ঘর"),
    BusinessType.OTHER: ("লাইব্রেরি ও স্টেশনারি", "কসমেটিকস", "ট্রেডার্স"),
}
AREAS = (
    *(
        "মিরপুর",
        "ধানমন্ডি",
        "উত্তরা",
        "মোহাম্মদপুর",
        "যাত্রাবাড়ী",
        "বাড্ডা",
        "সাভার",
        "টঙ্গী",
        "নারায়ণগঞ্জ",
    ),
    *(
        "আগ্রাবাদ",
        "হালিশহর",
        "জিন্দাবাজার",
        "সাহেব বাজার",
        "খালিশপুর",
        "কান্দিরপাড়",
        "বরিশাল সদর",
        "রংপুর সদর",
    ),
)


def shop_name(business_type: str, draw: Draw) -> str:
    kinds = KINDS[BusinessType(business_type)]
    return f"{_one_of(SHOPS, draw)} {_one_of(kinds, draw)}, {_one_of(AREAS, draw)}"


def first_name(draw: Draw) -> str:
    return _one_of(MEN if draw() < 0.75 else WOMEN, draw)


def customer_name(draw: Draw) -> str:
    if draw() < 0.5:
        return f"{_one_of(MEN, draw)} {_one_of(MENS_FAMILIES, draw)}"
    return f"{_one_of(WOMEN, draw)} {_one_of(WOMENS_FAMILIES, draw)}"


def _one_of(choices: Sequence[str], draw: Draw) -> str:
    return choices[int(draw() * len(choices))]
