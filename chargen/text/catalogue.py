"""Well-known books of Project Gutenberg, findable without a network."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Book:
    """A book of Project Gutenberg.

    Args:
        number: Its number there.
        slug: Its short name, and that of its file.
        title: Its title; a volume is named where the work fills several.
        author: Its author.
        language: The language of this text, in English.
        aliases: Other short names.
    """

    number: int
    slug: str
    title: str
    author: str
    language: str
    aliases: tuple[str, ...] = ()


# Number, slug, title, author, other names: one line a book.
_TABLE = {
    "English": """
        11 | alice | Alice's Adventures in Wonderland | Lewis Carroll | alice-in-wonderland, wonderland
        12 | looking-glass | Through the Looking-Glass | Lewis Carroll |
        16 | peter-pan | Peter Pan | J. M. Barrie | peter-and-wendy
        35 | time-machine | The Time Machine | H. G. Wells |
        36 | war-of-the-worlds | The War of the Worlds | H. G. Wells |
        43 | jekyll-and-hyde | The Strange Case of Dr. Jekyll and Mr. Hyde | Robert Louis Stevenson | jekyll
        45 | anne-of-green-gables | Anne of Green Gables | L. M. Montgomery |
        46 | christmas-carol | A Christmas Carol | Charles Dickens |
        55 | wizard-of-oz | The Wonderful Wizard of Oz | L. Frank Baum | oz
        74 | tom-sawyer | The Adventures of Tom Sawyer | Mark Twain |
        76 | huckleberry-finn | Adventures of Huckleberry Finn | Mark Twain | huck-finn
        84 | frankenstein | Frankenstein; Or, The Modern Prometheus | Mary Shelley |
        86 | connecticut-yankee | A Connecticut Yankee in King Arthur's Court | Mark Twain |
        98 | tale-of-two-cities | A Tale of Two Cities | Charles Dickens |
        100 | shakespeare | The Complete Works of William Shakespeare | William Shakespeare |
        105 | persuasion | Persuasion | Jane Austen |
        120 | treasure-island | Treasure Island | Robert Louis Stevenson |
        132 | art-of-war | The Art of War | Sun Tzu |
        135 | les-miserables-english | Les Misérables | Victor Hugo |
        139 | lost-world | The Lost World | Arthur Conan Doyle |
        145 | middlemarch | Middlemarch | George Eliot |
        158 | emma | Emma | Jane Austen |
        161 | sense-and-sensibility | Sense and Sensibility | Jane Austen |
        174 | dorian-gray | The Picture of Dorian Gray | Oscar Wilde |
        201 | flatland | Flatland: A Romance of Many Dimensions | Edwin A. Abbott |
        205 | walden | Walden, and On The Duty Of Civil Disobedience | Henry David Thoreau |
        215 | call-of-the-wild | The Call of the Wild | Jack London |
        244 | study-in-scarlet | A Study in Scarlet | Arthur Conan Doyle |
        345 | dracula | Dracula | Bram Stoker |
        514 | little-women | Little Women | Louisa May Alcott |
        768 | wuthering-heights | Wuthering Heights | Emily Brontë |
        844 | importance-of-being-earnest | The Importance of Being Earnest | Oscar Wilde |
        996 | don-quixote | Don Quixote | Miguel de Cervantes | quixote
        1184 | monte-cristo | The Count of Monte Cristo | Alexandre Dumas | count-of-monte-cristo
        1228 | origin-of-species | On the Origin of Species | Charles Darwin |
        1260 | jane-eyre | Jane Eyre: An Autobiography | Charlotte Brontë |
        1342 | pride-and-prejudice | Pride and Prejudice | Jane Austen |
        1399 | anna-karenina | Anna Karenina | Leo Tolstoy |
        1400 | great-expectations | Great Expectations | Charles Dickens |
        1513 | romeo-and-juliet | Romeo and Juliet | William Shakespeare |
        1524 | hamlet | Hamlet | William Shakespeare |
        1533 | macbeth | Macbeth | William Shakespeare |
        1661 | sherlock-holmes | The Adventures of Sherlock Holmes | Arthur Conan Doyle | sherlock
        1727 | odyssey | The Odyssey | Homer |
        2554 | crime-and-punishment | Crime and Punishment | Fyodor Dostoyevsky |
        2600 | war-and-peace | War and Peace | Leo Tolstoy |
        2701 | moby-dick | Moby Dick; Or, The Whale | Herman Melville | moby
        4363 | beyond-good-and-evil | Beyond Good and Evil | Friedrich Nietzsche |
        5200 | metamorphosis | Metamorphosis | Franz Kafka |
        28054 | brothers-karamazov | The Brothers Karamazov | Fyodor Dostoyevsky | karamazov
        64317 | great-gatsby | The Great Gatsby | F. Scott Fitzgerald | gatsby
    """,
    "Spanish": """
        320 | lazarillo | Vida de Lazarillo de Tormes | anonymous | lazarillo-de-tormes
        1619 | celestina | La Celestina | Fernando de Rojas |
        2000 | quijote | Don Quijote | Miguel de Cervantes | don-quijote-de-la-mancha
        5201 | don-juan-tenorio | Don Juan Tenorio | José Zorrilla | tenorio
        9980 | platero | Platero y yo | Juan Ramón Jiménez |
        13264 | zalacain | Zalacaín el aventurero | Pío Baroja |
        13507 | cuentos-de-amor | Cuentos de amor, de locura y de muerte | Horacio Quiroga |
        14765 | martin-fierro | El gaucho Martín Fierro | José Hernández |
        15115 | novelas-y-teatro | Novelas y teatro | Miguel de Cervantes |
        15725 | dona-perfecta | Doña Perfecta | Benito Pérez Galdós |
        16625 | buen-amor | Libro de buen amor | Juan Ruiz, Arcipreste de Hita |
        17013 | fortunata | Fortunata y Jacinta | Benito Pérez Galdós |
        17073 | regenta | La Regenta | Leopoldo Alas «Clarín» |
        17223 | pepita-jimenez | Pepita Jiménez | Juan Valera |
        17340 | marianela | Marianela | Benito Pérez Galdós |
        18005 | pazos-de-ulloa | Los pazos de Ulloa | Emilia Pardo Bazán |
        19898 | edad-de-oro | La Edad de Oro | José Martí |
        21831 | misericordia | Misericordia | Benito Pérez Galdós |
        25956 | desheredada | La desheredada | Benito Pérez Galdós |
        29506 | sombrero-de-tres-picos | El sombrero de tres picos | Pedro Antonio de Alarcón |
        32315 | buscon | Historia de la vida del Buscón | Francisco de Quevedo |
        37537 | sonata-de-otono | Sonata de otoño | Ramón del Valle-Inclán |
        49836 | niebla | Niebla | Miguel de Unamuno |
        50027 | si-de-las-ninas | El sí de las niñas | Leandro Fernández de Moratín |
        52894 | azul | Azul… | Rubén Darío |
        61202 | novelas-ejemplares | Novelas ejemplares | Miguel de Cervantes |
        68745 | luces-de-bohemia | Luces de bohemia | Ramón del Valle-Inclán |
    """,
    "French": """
        800 | tour-du-monde | Le tour du monde en quatre-vingts jours | Jules Verne |
        2650 | swann | Du côté de chez Swann | Marcel Proust |
        4650 | candide | Candide, ou l'optimisme | Voltaire |
        4791 | centre-de-la-terre | Voyage au centre de la Terre | Jules Verne |
        5097 | vingt-mille-lieues | Vingt mille lieues sous les mers | Jules Verne |
        6099 | fleurs-du-mal | Les fleurs du mal | Charles Baudelaire |
        13846 | discours-de-la-methode | Discours de la méthode | René Descartes |
        13951 | trois-mousquetaires | Les trois mousquetaires | Alexandre Dumas |
        14155 | madame-bovary | Madame Bovary | Gustave Flaubert | bovary
        17489 | les-miserables | Les misérables, tome I: Fantine | Victor Hugo | miserables
        17989 | comte-de-monte-cristo | Le comte de Monte-Cristo, tome I | Alexandre Dumas |
        19657 | notre-dame-de-paris | Notre-Dame de Paris | Victor Hugo | notre-dame
    """,
    "German": """
        2229 | faust | Faust: Der Tragödie erster Teil | Johann Wolfgang von Goethe |
        2407 | werther | Die Leiden des jungen Werther, Band 1 | Johann Wolfgang von Goethe |
        5323 | effi-briest | Effi Briest | Theodor Fontane |
        6342 | kritik-der-reinen-vernunft | Kritik der reinen Vernunft | Immanuel Kant |
        7205 | zarathustra | Also sprach Zarathustra | Friedrich Nietzsche |
        22367 | verwandlung | Die Verwandlung | Franz Kafka |
    """,
    "Italian": """
        1012 | divina-commedia | La Divina Commedia di Dante | Dante Alighieri | commedia
        3747 | orlando-furioso | Orlando Furioso | Ludovico Ariosto |
        45334 | promessi-sposi | I promessi sposi | Alessandro Manzoni |
        52484 | pinocchio | Le avventure di Pinocchio | Carlo Collodi |
    """,
    "Portuguese": """
        3333 | lusiadas | Os Lusíadas | Luís de Camões |
        40409 | os-maias | Os Maias | Eça de Queirós | maias
        42942 | primo-basilio | O Primo Bazilio | Eça de Queirós | primo-bazilio
        54829 | bras-cubas | Memorias Posthumas de Braz Cubas | Machado de Assis |
        55752 | dom-casmurro | Dom Casmurro | Machado de Assis |
    """,
    "Latin": "218 | bello-gallico | De Bello Gallico | Julius Caesar | gallic-war",
    "Finnish": "11940 | seitseman-veljesta | Seitsemän veljestä | Aleksis Kivi |",
}


def _books() -> tuple[Book, ...]:
    books = []
    for language, lines in _TABLE.items():
        for line in lines.strip().splitlines():
            number, slug, title, author, aliases = (part.strip() for part in line.split("|"))
            names = tuple(alias.strip() for alias in aliases.split(",") if alias.strip())
            books.append(Book(int(number), slug, title, author, language, names))
    return tuple(books)


def _key(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return "-".join(re.findall(r"[^\W_]+", plain.replace("'", "").replace("’", "").casefold()))


def _names() -> dict[str, Book]:
    # A short name wins over another book's title.
    titles = {_key(book.title): book for book in BOOKS}
    return titles | {_key(name): book for book in BOOKS for name in (*book.aliases, book.slug)}


BOOKS = _books()
BY_NUMBER: Mapping[int, Book] = MappingProxyType({book.number: book for book in BOOKS})
_BY_NAME = _names()


def find(name: str) -> Book | None:
    """Find a book by its short name, another name or its title.

    Args:
        name: Capitals, accents, the kind of separators and a final `.txt` do not matter.

    Returns:
        The book, or None.
    """
    return _BY_NAME.get(_key(name.strip().removesuffix(".txt")))


def search(words: str) -> list[Book]:
    """Find books by words or parts of words of their title, author, language, names or number.

    Args:
        words: Words that must all occur, capitals and accents aside; none match every book.

    Returns:
        The books in the order of the catalogue.
    """
    wanted = _key(words).split("-")
    found = []
    for book in BOOKS:
        text = _key(" ".join((book.title, book.author, book.language, book.slug, *book.aliases)))
        if all(word in text or word == str(book.number) for word in wanted):
            found.append(book)
    return found
