"""The people of the demo: names as they are common in Kenya, put together at random. None of them exists."""

from dataclasses import dataclass
from random import Random

FIRST = [
    "Achieng",
    "Akinyi",
    "Amina",
    "Atieno",
    "Brian",
    "Caroline",
    "Catherine",
    "Chebet",
    "Daniel",
    "David",
    "Dennis",
    "Diana",
    "Esther",
    "Faith",
    "Fatuma",
    "Francis",
    "George",
    "Grace",
    "Halima",
    "Hassan",
    "Ian",
    "Irene",
    "Jackline",
    "James",
    "Jane",
    "John",
    "Joseph",
    "Joyce",
    "Juma",
    "Kamau",
    "Kevin",
    "Kiprono",
    "Lilian",
    "Linet",
    "Lucy",
    "Lydia",
    "Martin",
    "Mary",
    "Mercy",
    "Michael",
    "Moses",
    "Naomi",
    "Neema",
    "Nelly",
    "Njeri",
    "Omar",
    "Otieno",
    "Patrick",
    "Paul",
    "Peter",
    "Purity",
    "Rose",
    "Ruth",
    "Salim",
    "Samuel",
    "Sarah",
    "Simon",
    "Stella",
    "Stephen",
    "Susan",
    "Victor",
    "Wanjiru",
    "Winnie",
    "Zainab",
]
LAST = [
    "Abdi",
    "Achieng",
    "Barasa",
    "Chege",
    "Cherono",
    "Chepkoech",
    "Gitau",
    "Kamau",
    "Kariuki",
    "Karanja",
    "Kibet",
    "Kilonzo",
    "Kimani",
    "Kipchoge",
    "Kiprotich",
    "Koech",
    "Langat",
    "Maina",
    "Makau",
    "Mbugua",
    "Mohamed",
    "Muli",
    "Muriithi",
    "Musyoka",
    "Mutiso",
    "Mutua",
    "Mwangi",
    "Ndungu",
    "Njoroge",
    "Nyambura",
    "Nzioka",
    "Ochieng",
    "Odhiambo",
    "Okoth",
    "Omondi",
    "Onyango",
    "Otieno",
    "Ouma",
    "Rotich",
    "Wafula",
    "Wairimu",
    "Wambui",
    "Wanjala",
    "Wekesa",
]
COMPANIES = (
    "Hilltop Hardware",
    "Market View Clinic",
    "Savannah Guest House",
    "Upendo Academy",
    "Riverside Garage",
    "Jacaranda Pharmacy",
    "Highland Tea Buyers",
    "Corner Cyber Café",
    "Acacia Court Management",
    "Umoja Savings Group",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign up."""

    first_name: str
    last_name: str
    company: str
    phone: str
    mac: str


def make(random: Random, count: int) -> list[Person]:
    """`count` people with different names, Kenyan mobile numbers and MACs; every twentieth is a company."""
    names = [(first, last) for first in FIRST for last in LAST if first != last]
    chosen = random.sample(names, count)
    phones = random.sample(range(10_000_000, 99_999_999), count)
    people = []
    for index, (first, last) in enumerate(chosen):
        company = COMPANIES[index // 20 % len(COMPANIES)] if index % 20 == 19 else ""
        mac = f"{random.choice(('DC2C6E', 'A483E7', '48A98A', '3C8BFE', 'F0B429'))}{random.randrange(2**24):06X}"
        person = ("", "") if company else (first, last)
        people.append(Person(*person, company, f"07{phones[index]:08d}", mac))
    return people
