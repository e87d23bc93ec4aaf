"""The words of a date in English, French, German and Spanish."""

# Per month: every accepted spelling, the full one first.
MONTHS = {
    "en": (
        ("January", "Jan", "Jan."),
        ("February", "Feb", "Feb."),
        ("March", "Mar", "Mar."),
        ("April", "Apr", "Apr."),
        ("May",),
        ("June", "Jun", "Jun."),
        ("July", "Jul", "Jul."),
        ("August", "Aug", "Aug."),
        ("September", "Sep", "Sep.", "Sept", "Sept."),
        ("October", "Oct", "Oct."),
        ("November", "Nov", "Nov."),
        ("December", "Dec", "Dec."),
    ),
    "fr": (
        ("janvier", "janv.", "janv", "jan."),
        ("février", "févr.", "févr", "fév.", "fév"),
        ("mars",),
        ("avril", "avr.", "avr"),
        ("mai",),
        ("juin",),
        ("juillet", "juil.", "juil"),
        ("août",),
        ("septembre", "sept.", "sept", "sep."),
        ("octobre", "oct.", "oct"),
        ("novembre", "nov.", "nov"),
        ("décembre", "déc.", "déc"),
    ),
    "de": (
        ("Januar", "Jan.", "Jan", "Jänner", "Jän."),
        ("Februar", "Feb.", "Feb", "Feber"),
        ("März", "Mär.", "Mrz.", "Mrz", "Maerz"),
        ("April", "Apr.", "Apr"),
        ("Mai",),
        ("Juni", "Jun.", "Jun"),
        ("Juli", "Jul.", "Jul"),
        ("August", "Aug.", "Aug"),
        ("September", "Sept.", "Sep.", "Sep"),
        ("Oktober", "Okt.", "Okt"),
        ("November", "Nov.", "Nov"),
        ("Dezember", "Dez.", "Dez"),
    ),
    "es": (
        ("enero", "ene.", "ene"),
        ("febrero", "feb.", "feb"),
        ("marzo", "mar.", "mar"),
        ("abril", "abr.", "abr"),
        ("mayo", "may.", "may"),
        ("junio", "jun.", "jun"),
        ("julio", "jul.", "jul"),
        ("agosto", "ago.", "ago"),
        ("septiembre", "sept.", "sep.", "sep", "setiembre", "set."),
        ("octubre", "oct.", "oct"),
        ("noviembre", "nov.", "nov"),
        ("diciembre", "dic.", "dic"),
    ),
}

# Monday first, as datetime.date.weekday() counts.
WEEKDAYS = {
    "en": (
        ("Monday", "Mon", "Mon."),
        ("Tuesday", "Tue", "Tues.", "Tue."),
        ("Wednesday", "Wed", "Wed.", "Weds"),
        ("Thursday", "Thu", "Thurs.", "Thu.", "Thur"),
        ("Friday", "Fri", "Fri."),
        ("Saturday", "Sat", "Sat."),
        ("Sunday", "Sun", "Sun."),
    ),
    "fr": (
        ("lundi", "lun.", "lun"),
        ("mardi", "mar.", "mar"),
        ("mercredi", "mer.", "mer"),
        ("jeudi", "jeu.", "jeu"),
        ("vendredi", "ven.", "ven"),
        ("samedi", "sam.", "sam"),
        ("dimanche", "dim.", "dim"),
    ),
    "de": (
        ("Montag", "Mo.", "Mo"),
        ("Dienstag", "Di.", "Di"),
        ("Mittwoch", "Mi.", "Mi"),
        ("Donnerstag", "Do.", "Do"),
        ("Freitag", "Fr.", "Fr"),
        ("Samstag", "Sa.", "Sa", "Sonnabend"),
        ("Sonntag", "So.", "So"),
    ),
    "es": (
        ("lunes", "lun.", "lun"),
        ("martes", "mar.", "mar"),
        ("miércoles", "mié.", "mié"),
        ("jueves", "jue.", "jue"),
        ("viernes", "vie.", "vie"),
        ("sábado", "sáb.", "sáb"),
        ("domingo", "dom.", "dom"),
    ),
}

# Written before a date at the head of a letter.
CITIES = {
    "en": ("London", "New York", "Boston", "Dublin", "Oxford", "Chicago",
           "Edinburgh", "Sydney", "Toronto", "Philadelphia", "Leeds", "Bath",
           "Washington", "Bristol", "York", "Cambridge", "Glasgow", "Delhi"),
    "fr": ("Paris", "Lyon", "Marseille", "Genève", "Bordeaux", "Lille",
           "Nantes", "Bruxelles", "Rennes", "Nice", "Toulouse", "Québec",
           "Strasbourg", "Dijon", "Versailles", "Metz", "Reims", "Tours"),
    "de": ("Berlin", "Wien", "Hamburg", "München", "Köln", "Zürich",
           "Leipzig", "Weimar", "Bonn", "Dresden", "Bremen", "Salzburg",
           "Frankfurt", "Basel", "Jena", "Graz", "Stuttgart", "Bern"),
    "es": ("Madrid", "Sevilla", "Barcelona", "Lima", "Bogotá", "Toledo",
           "Valencia", "México", "Cádiz", "Quito", "Santiago", "Granada",
           "Caracas", "Bilbao", "Salamanca", "La Habana", "Burgos", "Jaén"),
}

# Written before the day; an empty one is the most common.
LEADS = {
    "en": ("on ", "On ", "the ", "The ", "on the ", "Date: ", "dated ",
           "date ", "from ", "as of ", "this ", "born "),
    "fr": ("le ", "Le ", "ce ", "du ", "Date : ", "date: ", "au ", "né le "),
    "de": ("am ", "Am ", "den ", "der ", "vom ", "Datum: ", "dem ",
           "zum ", "seit ", "geb. "),
    "es": ("el ", "El ", "a ", "Fecha: ", "día ", "el día ", "fecha ", "al "),
}

# The first day of the month by its name, where that is idiom.
FIRST = {
    "en": ("1st",),
    "fr": ("1er", "1er", "1er", "1er", "1ᵉʳ", "premier"),
    "de": ("1.",),
    "es": ("1º", "1°", "1.º", "1ro", "1ero", "primero"),
}
