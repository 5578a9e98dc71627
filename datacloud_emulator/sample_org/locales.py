"""Words the sample org's people are made of: names, cities and streets of a dozen languages, all synthetic.

A name written `شريف=Sharif` is shown as on the left and spelled as on the right in e-mail addresses.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A place with its state (None where addresses have none), the start of its postal codes and its position."""

    name: str
    state: str | None
    postal: str
    latitude: str
    longitude: str


@dataclass(frozen=True)
class Locale:
    """One language and country: how people there are called and where they live."""

    language: str
    country: str
    calling_code: str
    area_codes: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    cities: tuple[City, ...]
    streets: tuple[str, ...]
    number_first: bool = False
    """Whether the house number stands before the street's name."""


def shown(name: str) -> str:
    """The name as its bearer writes it."""
    return name.partition("=")[0]


# Letters that Unicode does not take apart into a base letter and an accent.
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae"})


def unaccented(name: str) -> str:
    """The name without accents: `Zoë Łukasz` → `Zoe Lukasz`."""
    apart = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    return "".join(char for char in apart if not unicodedata.combining(char))


def mailbox(name: str) -> str:
    """The name in the lower-case letters of an e-mail address: `O'Brien` → `obrien`."""
    spelled = unaccented(name.partition("=")[2] or name).lower()
    return "".join(char for char in spelled if char.isascii() and char.isalnum())


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


ENGLISH_US = Locale(
    "en",
    "US",
    "1",
    _words("206, 212, 303, 312, 415, 503, 512, 617"),
    _words("Ada, Grace, Olivia, Emma, Harper, Zoë, Mary Ann, Chloe, Nora, Ruth, Hannah, Maya, Renée, Sofia, Joan"),
    _words("Liam, Noah, Owen, Jack, Henry, D'Angelo, Miles, Theo, Samuel, José, Ezra, Jean-Luc, Caleb, Max, Ian"),
    _words(
        "Smith, Johnson, O'Brien, Nguyen, Garcia, Miller, Davis, Lee, Walker, St. John, Patel, Young, Carter, Brooks,"
        " Reed, Hughes, McAllister, Stone, Hill, Okafor, Rivera, Bennett, Cole, Fox, Van der Berg"
    ),
    (
        City("Seattle", "WA", "981", "47.606209", "-122.332071"),
        City("Austin", "TX", "787", "30.267153", "-97.743061"),
        City("Boston", "MA", "021", "42.360082", "-71.058880"),
        City("Denver", "CO", "802", "39.739236", "-104.990251"),
    ),
    _words("Maple Street, Lake View Road, 2nd Avenue, Mill Lane, Cedar Court, Harbor Drive, Old Post Road"),
    number_first=True,
)
GERMAN = Locale(
    "de",
    "DE",
    "49",
    _words("30, 40, 89"),
    _words("Anna, Lena, Jürgen-Marie, Sophie, Käthe, Greta, Ulrike, Marie, Frieda, Jana"),
    _words("Lukas, Jörg, Felix, Björn, Paul, Götz, Matthias, Jonas, Till, Emil"),
    _words("Müller, Schäfer, Weiß, Schmidt, Groß, Fischer, Köhler, Vogel, Brandt, Krüger, von Ahn, Lang"),
    (
        City("Berlin", None, "10", "52.520007", "13.404954"),
        City("München", None, "80", "48.135125", "11.581981"),
        City("Köln", None, "50", "50.937531", "6.960279"),
    ),
    _words("Hauptstraße, Gartenweg, Am Mühlbach, Lindenallee, Bahnhofstraße"),
)
FRENCH = Locale(
    "fr",
    "FR",
    "33",
    _words("1, 4, 5"),
    _words("Chloé, Amélie, Inès, Élodie, Manon, Noémie, Jeanne, Zoé, Camille, Agathe"),
    _words("Hugo, Loïc, Théo, Gaël, Rémi, Étienne, Lucas, Benoît, François, Jules"),
    _words("Lefèvre, Moreau, Gauthier, Béranger, D'Aubigné, Roux, Chevalier, Noël, Garnier, Faure, L'Hôte"),
    (
        City("Paris", None, "750", "48.856614", "2.352222"),
        City("Lyon", None, "690", "45.764043", "4.835659"),
        City("Nîmes", None, "300", "43.836699", "4.360054"),
    ),
    _words("rue de la Forêt, avenue du Général-Hôte, place de l'Église, rue des Lilas"),
    number_first=True,
)
SPANISH = Locale(
    "es",
    "MX",
    "52",
    _words("33, 55, 81"),
    _words("Lucía, Sofía, Ximena, María José, Inés, Carmen, Begoña, Itzel, Elena"),
    _words("Andrés, Iñaki, Joaquín, Diego, Raúl, Íñigo, Mateo, Tomás, Ángel"),
    _words("Muñoz, García, Hernández, Peña, Ibáñez, Núñez, Castaño, Ríos, Domínguez, de la Cruz"),
    (
        City("Guadalajara", "Jalisco", "44", "20.659699", "-103.349609"),
        City("Monterrey", "Nuevo León", "64", "25.686613", "-100.316116"),
        City("Mérida", "Yucatán", "97", "20.967370", "-89.592586"),
    ),
    _words("Calle Jazmín, Avenida Niños Héroes, Calle 5 de Mayo, Paseo del Ángel"),
)
PORTUGUESE = Locale(
    "pt",
    "BR",
    "55",
    _words("11, 21, 71"),
    _words("Beatriz, Conceição, Júlia, Letícia, Inês, Luíza, Antônia"),
    _words("João, Caetano, Vinícius, Luís, Antônio, Cauã, Otávio"),
    _words("Gonçalves, Araújo, Conceição, Magalhães, Simões, Brandão, Leão, da Silva"),
    (
        City("São Paulo", "SP", "01", "-23.550520", "-46.633309"),
        City("Salvador", "BA", "40", "-12.977749", "-38.501630"),
    ),
    _words("Rua das Laranjeiras, Avenida São João, Travessa do Comércio"),
)
POLISH = Locale(
    "pl",
    "PL",
    "48",
    _words("12, 22, 58"),
    _words("Małgorzata, Agnieszka, Łucja, Zofia, Jagoda, Bożena"),
    _words("Łukasz, Paweł, Grzegorz, Stanisław, Michał, Jędrzej"),
    _words("Wójcik, Kowalczyk, Dąbrowska, Zieliński, Błaszczyk, Szczęsny, Żak"),
    (City("Łódź", None, "90-", "51.759249", "19.455983"), City("Kraków", None, "30-", "50.064650", "19.944980")),
    _words("ulica Różana, aleja Solidarności, ulica Słoneczna"),
)
NORDIC = Locale(
    "da",
    "DK",
    "45",
    _words("31, 40, 51"),
    _words("Søs, Åse, Freja, Bodil, Astrid, Signe"),
    _words("Søren, Bjørn, Aksel, Jørgen, Magnus, Øjvind"),
    _words("Sørensen, Nørgaard, Åkerström, Kjær, Lindqvist, Østergaard"),
    (City("København", None, "21", "55.676097", "12.568337"), City("Aarhus", None, "80", "56.162939", "10.203921")),
    _words("Strøget, Nørregade, Skovvænget"),
)
TURKISH = Locale(
    "tr",
    "TR",
    "90",
    _words("212, 232, 312"),
    _words("Ayşe, Işıl, Çiğdem, Gülşen, Özlem"),
    _words("İbrahim, Yiğit, Çağrı, Oğuz, Şükrü"),
    _words("Yılmaz, Öztürk, Çelik, Şahin, Işık, Doğan"),
    (City("İzmir", None, "35", "38.423734", "27.142826"), City("İstanbul", None, "34", "41.008238", "28.978359")),
    _words("Çınar Sokak, Atatürk Caddesi, Gül Sokağı"),
)
VIETNAMESE = Locale(
    "vi",
    "VN",
    "84",
    _words("24, 28"),
    _words("Thị Hương, Ánh, Ngọc Bích, Thảo, Kiều"),
    _words("Văn Đức, Hữu Phước, Quốc Bảo, Đạt"),
    _words("Nguyễn, Trần, Phạm, Đặng, Lê, Huỳnh"),
    (City("Huế", None, "49", "16.463713", "107.590866"), City("Đà Nẵng", None, "55", "16.054407", "108.202167")),
    _words("đường Lê Lợi, đường Trần Phú"),
    number_first=True,
)
JAPANESE = Locale(
    "ja",
    "JP",
    "81",
    _words("3, 6, 75"),
    _words("さくら=Sakura, 陽菜=Hina, 結衣=Yui, 美咲=Misaki"),
    _words("蓮=Ren, 大翔=Hiroto, 健太=Kenta, 𠮷男=Yoshio"),
    _words("佐藤=Sato, 髙橋=Takahashi, 𠮷田=Yoshida, 渡邊=Watanabe, 小林=Kobayashi"),
    (
        City("京都市", "京都府", "600-", "35.011636", "135.768029"),
        City("大阪市", "大阪府", "530-", "34.693738", "135.502165"),
    ),
    _words("河原町通, 御堂筋, 四条通"),
)
ARABIC = Locale(
    "ar",
    "EG",
    "20",
    _words("2, 3"),
    _words("فاطمة=Fatima, ليلى=Layla, نور=Nour, مريم=Maryam"),
    _words("محمد=Muhammad, يوسف=Youssef, أحمد=Ahmed, خالد=Khaled"),
    _words("عبد الرحمن=Abdelrahman, المصري=ElMasry, حداد=Haddad, شريف=Sharif"),
    (City("القاهرة", None, "115", "30.044420", "31.235712"), City("الإسكندرية", None, "215", "31.200092", "29.918739")),
    _words("شارع النيل, شارع الورد"),
)
HEBREW = Locale(
    "he",
    "IL",
    "972",
    _words("2, 3"),
    _words("נועה=Noa, תמר=Tamar, יעל=Yael"),
    _words("דוד=David, איתי=Itai, יונתן=Yonatan"),
    _words("כהן=Cohen, לוי=Levi, מזרחי=Mizrahi"),
    (City("תל אביב", None, "61", "32.085300", "34.781768"),),
    _words("רחוב הזית, רחוב הגפן"),
)
GREEK = Locale(
    "el",
    "GR",
    "30",
    _words("21, 231"),
    _words("Ελένη=Eleni, Μαρία=Maria, Δήμητρα=Dimitra"),
    _words("Γιώργος=Giorgos, Νίκος=Nikos, Σπύρος=Spyros"),
    _words("Παπαδόπουλος=Papadopoulos, Οικονόμου=Oikonomou, Ζαχαρίας=Zacharias"),
    (City("Αθήνα", None, "105", "37.983810", "23.727539"), City("Θεσσαλονίκη", None, "546", "40.640063", "22.944419")),
    _words("Οδός Ερμού, Λεωφόρος Νίκης"),
)

WEIGHTS: dict[Locale, int] = {
    ENGLISH_US: 480,
    GERMAN: 120,
    FRENCH: 100,
    SPANISH: 100,
    PORTUGUESE: 50,
    POLISH: 35,
    NORDIC: 30,
    TURKISH: 20,
    VIETNAMESE: 20,
    JAPANESE: 15,
    ARABIC: 12,
    HEBREW: 8,
    GREEK: 10,
}
"""How many of a thousand people come from where."""
