"""Names of people, companies and streets for practice data; made up, in the alphabets real shops meet."""

_FIRST = (
    "Ana Maria Rita Paula Lena Sofía Chloé Zoë Ingrid Åsa Noor Amina Fatima Mei Yuki Hana Priya Anjali "
    "Olga Katarzyna Joana Beatriz Lúcia Elena Giulia Martina Eva Zuzana Petra Ilse Greta Hannah Emily "
    "Olivia Charlotte Grace Ruby Aaliyah Destiny Nicole Megan Rachel Sarah Laura Julia Carmen Dolores "
    "Guadalupe Valentina Camila Isabella José Juan Miguel Diego Antonio Pedro João Luís Paulo André René "
    "François Étienne Jürgen Günther Björn Søren Lars Mikael Kjell Tomáš Václav Piotr Wojciech Łukasz "
    "Ivan Dmitri Sergei Kenji Hiroshi Wei Jun Arjun Rahul Omar Yusuf Kwame Chidi Liam Noah Oliver James "
    "William Henry Jack Samuel Daniel Marcus Tyrone Connor Patrick Seán Robert Michael David Carl Walter "
    "Otto Felix Max Jonas Lukas "
)
FIRST_NAMES = tuple(_FIRST.split())

_LAST = (
    "Müller Schröder Weiß Krüger Schäfer Köhler Jäger Bauer Fischer Vogel Trujillo Moreno Hernández "
    "Rodríguez González Pérez Sánchez Ramírez Núñez Ibáñez Silva Gonçalves Araújo Conceição Fernandes "
    "Costa Dubois Lefèvre Benoît Desprès Mercier Fontaine Rossi Bianchi Esposito Greco Moretti Andersson "
    "Åkesson Öberg Lindqvist Nyström Hansen Sørensen Østergaard Kristiansen Bjørnstad Virtanen Mäkelä "
    "Novák Dvořák Černý Svobodová Kowalski Wójcik Zieliński Szymańska Nagy Horváth Kovács Popescu Ionescu "
    "Petrov Volkova Kuznetsov Güneş Çelik Öztürk Okafor Adeyemi Mensah Diallo Nkosi Haddad Rahman Khan "
    "Patel Sharma Iyer Nakamura Tanaka Suzuki Kim Park Nguyen Trần Chen Wang Liu O'Brien O'Connor Murphy "
    "Fitzgerald Smith Johnson Williams Brown Jones Davis Miller Wilson Taylor Thomas Jackson White Harris "
    "Martin Thompson Garcia Robinson Clark Lewis Walker Hall Young King Wright Hill Green Baker Adams "
    "Nelson Carter Mitchell Turner Phillips Campbell Parker Edwards Collins Stewart Morris Rogers Reed "
    "Cook Morgan Bell Cooper Richardson Cox Howard Ward Brooks Bennett Gray Hughes Price Myers Long "
    "Foster Sanders Ross Powell Sullivan Russell Hayes Graham Wallace West Jordan Reynolds Hamilton "
    "Whitfield "
)
LAST_NAMES = tuple(_LAST.split())

# Written as their bearers write them, with the e-mail name such people use.
WHOLE_NAMES = (
    ("山田 太郎", "yamada.taro"),
    ("佐藤 花子", "sato.hanako"),
    ("鈴木 健一", "suzuki.kenichi"),
    ("王小明", "wang.xiaoming"),
    ("李娜", "li.na"),
    ("陳大文", "chan.taiman"),
    ("김민수", "kim.minsu"),
    ("이서연", "lee.seoyeon"),
    ("Иван Петров", "ivan.petrov"),
    ("Ольга Соколова", "olga.sokolova"),
    ("Γιώργος Παπαδόπουλος", "g.papadopoulos"),
    ("محمد الأحمد", "m.alahmad"),
    ("דנה לוי", "dana.levi"),
    ("สมชาย ใจดี", "somchai.jaidee"),
    ("Ana Trujillo", "ana.trujillo"),
    ("Nguyễn Thị Hương", "huong.nguyen"),
)

COMPANY_NAMES = (
    "Alpine Outfitters",
    "Bäckerei Sommer",
    "Blue Heron Gifts",
    "Café Central",
    "Cascade Kitchen Supply",
    "Copper & Pine",
    "Delta Provisions",
    "Épicerie du Marché",
    "Fjord Living AS",
    "Golden Gate Pantry",
    "Harbour Street Deli",
    "Hotel Bellevue",
    "Ironwood Coffee Roasters",
    "La Maison d'Asie",
    "Lakeside Inn",
    "Mercado São Jorge",
    "Northside Grocers",
    "Old Mill Tea Room",
    "Panadería La Esperanza",
    "Prairie Home Store",
    "Quick-Stop Market",
    "Restaurante El Faro",
    "Sakura Trading K.K.",
    "Summit Wellness",
    "The Cheese Shop, Ltd.",
    "Wild Fern Yoga",
)

STREETS = (
    "Main St",
    "Oak Ave",
    "Maple Dr",
    "Cedar Ln",
    "2nd St",
    "Washington Blvd",
    "Lakeview Rd",
    "Sunset Blvd",
    "Elm St",
    "Park Ave",
    "Ridge Rd",
    "Mission St",
    "Martin Luther King Jr Way",
    "Highland Ave",
    "County Road 12",
    "Pine St",
    "River Rd",
    "Jefferson St",
    "Church St",
    "Mill Ln",
)

STREETS_ABROAD = {
    "CA": ("King St W", "Rue Sainte-Catherine", "Granville St", "Yonge St", "Boul. Saint-Laurent"),
    "MX": ("Avda. de la Constitución", "Calle 5 de Mayo", "Paseo de la Reforma", "Calle Hidalgo"),
    "GB": ("High Street", "Station Road", "Fauntleroy Circus", "Church Lane", "Victoria Road"),
    "DE": ("Adenauerallee", "Mühlenstraße", "Goethestraße", "Am Güterbahnhof", "Bahnhofstraße"),
    "FR": ("rue de l'Abbaye", "place Kléber", "avenue de la République", "rue du Château"),
    "ES": ("Calle de Alcalá", "Rambla de Cataluña", "Calle Gran Vía", "Plaza del Ángel"),
    "SE": ("Berguvsvägen", "Storgatan", "Åkergatan", "Södra Vägen"),
    "BR": ("Rua Orós", "Avenida Brasil", "Rua da Conceição", "Alameda dos Anjos"),
    "JP": ("銀座", "北一条西", "梅田", "栄"),
    "AU": ("George Street", "Collins Street", "Queen Street", "Hay Street"),
}
