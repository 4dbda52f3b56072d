"""Cities that practice orders go to, with province, postal code and country as shops write them."""

from typing import NamedTuple


class Place(NamedTuple):
    """`#` in `zip` stands for any digit."""

    city: str
    province: str
    province_code: str
    zip: str
    country: str
    country_code: str
    calling: str


def _usa(city: str, province: str, code: str, zip_code: str, area: str) -> Place:
    return Place(city, province, code, zip_code, "United States", "US", f"({area}) 555-01##")


AT_HOME = (
    _usa("Reno", "Nevada", "NV", "895##", "775"),
    _usa("Las Vegas", "Nevada", "NV", "891##", "702"),
    _usa("Los Angeles", "California", "CA", "900##", "213"),
    _usa("San Francisco", "California", "CA", "941##", "415"),
    _usa("San Diego", "California", "CA", "921##", "619"),
    _usa("Sacramento", "California", "CA", "958##", "916"),
    _usa("Portland", "Oregon", "OR", "972##", "503"),
    _usa("Seattle", "Washington", "WA", "981##", "206"),
    _usa("Spokane", "Washington", "WA", "992##", "509"),
    _usa("Boise", "Idaho", "ID", "837##", "208"),
    _usa("Salt Lake City", "Utah", "UT", "841##", "801"),
    _usa("Phoenix", "Arizona", "AZ", "850##", "602"),
    _usa("Albuquerque", "New Mexico", "NM", "871##", "505"),
    _usa("Denver", "Colorado", "CO", "802##", "303"),
    _usa("Dallas", "Texas", "TX", "752##", "214"),
    _usa("Austin", "Texas", "TX", "787##", "512"),
    _usa("Houston", "Texas", "TX", "770##", "713"),
    _usa("Kansas City", "Missouri", "MO", "641##", "816"),
    _usa("Minneapolis", "Minnesota", "MN", "554##", "612"),
    _usa("Chicago", "Illinois", "IL", "606##", "312"),
    _usa("Louisville", "Kentucky", "KY", "402##", "502"),
    _usa("Nashville", "Tennessee", "TN", "372##", "615"),
    _usa("Atlanta", "Georgia", "GA", "303##", "404"),
    _usa("Miami", "Florida", "FL", "331##", "305"),
    _usa("Cañon City", "Colorado", "CO", "812##", "719"),
    _usa("Boston", "Massachusetts", "MA", "021##", "617"),
    _usa("New York", "New York", "NY", "100##", "212"),
    _usa("Brooklyn", "New York", "NY", "112##", "718"),
    _usa("Philadelphia", "Pennsylvania", "PA", "191##", "215"),
    _usa("Anchorage", "Alaska", "AK", "995##", "907"),
    _usa("Honolulu", "Hawaii", "HI", "968##", "808"),
    _usa("San Juan", "Puerto Rico", "PR", "009##", "787"),
)

ABROAD = (
    Place("Toronto", "Ontario", "ON", "M5V #K#", "Canada", "CA", "(416) 555-01##"),
    Place("Montréal", "Québec", "QC", "H2X #J#", "Canada", "CA", "(514) 555-01##"),
    Place("Vancouver", "British Columbia", "BC", "V6B #A#", "Canada", "CA", "(604) 555-01##"),
    Place("México D.F.", "Ciudad de México", "CMX", "050##", "Mexico", "MX", "(5) 555-47##"),
    Place("Mérida", "Yucatán", "YUC", "970##", "Mexico", "MX", "(999) 555-47##"),
    Place("London", "", "", "WA1 #DP", "United Kingdom", "GB", "(171) 555-78##"),
    Place("Stratford-upon-Avon", "Warwickshire", "", "CV37 #AB", "United Kingdom", "GB", "(1789) 555-2##"),
    Place("Stuttgart", "Baden-Württemberg", "BW", "705##", "Germany", "DE", "0711-0203##"),
    Place("München", "Bayern", "BY", "808##", "Germany", "DE", "089-08776##"),
    Place("Köln", "Nordrhein-Westfalen", "NW", "507##", "Germany", "DE", "0221-06443##"),
    Place("Reims", "", "", "511##", "France", "FR", "26.47.15.##"),
    Place("Besançon", "", "", "250##", "France", "FR", "81.22.33.##"),
    Place("Barcelona", "Cataluña", "CT", "080##", "Spain", "ES", "(93) 203 45##"),
    Place("A Coruña", "Galicia", "GA", "150##", "Spain", "ES", "(981) 55 94##"),
    Place("Göteborg", "Västra Götaland", "", "411 ##", "Sweden", "SE", "031-12 34##"),
    Place("São Paulo", "São Paulo", "SP", "05432-0##", "Brazil", "BR", "(11) 555-98##"),
    Place("札幌市", "北海道", "JP-01", "060-00##", "Japan", "JP", "011-555-01##"),
    Place("大阪市", "大阪府", "JP-27", "530-00##", "Japan", "JP", "06-5550-01##"),
    Place("Sydney", "New South Wales", "NSW", "20##", "Australia", "AU", "(02) 5550 01##"),
    Place("Perth", "Western Australia", "WA", "60##", "Australia", "AU", "(08) 5550 01##"),
)
