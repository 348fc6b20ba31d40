# Las palabras de la ventana en español. Cada clave está también en en/vecino.ftl; una prueba las compara.

## Primer inicio

welcome-title = ¿Cómo quieres que te llamen?
welcome-hint = Es el nombre que ven los demás en tu red.
welcome-nobody = vecino
welcome-start = Empezar
starting = Iniciando…

## Un inicio que falló

failure-title = vecino no puede iniciarse
failure-stopped = vecino se ha detenido
quit = Salir

## Barra lateral

people-here = { $count ->
    [0] Nadie más
    [one] 1 persona
   *[other] { $count } personas
}
search-placeholder = Busca personas y mensajes
messages-found = Mensajes
tip-sidebar = Tú, personas y mensajes ({ $key })
search-more = Mostrar más
find-placeholder = Buscar aquí
find-place = { $at } de { $count }
find-older = El anterior
find-newer = El siguiente
find-close = Cerrar la búsqueda · Esc
conversations = Conversaciones
people-title = Personas aquí
also-here = También aquí
search-nothing = No se encontró nada
same-nickname = El mismo nombre, otra persona
through-relay = A través del relé
say-hello = Saluda
sending-preview = Enviando: { $name } · { $percent } %
receiving-preview = Recibiendo: { $name } · { $percent } %
waiting-preview = En espera: { $name } · { $percent } %
file-preview = Archivo: { $name }
draft-preview = Borrador: { $text }

## Presencia

online = En línea
away = Ausente
busy = Ocupado
offline = Desconectado
path-direct = directo
path-relayed = a través del relé
typing = está escribiendo…
last-seen = últ. vez { $when }

## Nadie aquí

nobody-title = Todavía no hay nadie
nobody-listening = Buscando personas en tu red…
nobody-you = Eres { $name }
nobody-addresses = Te pueden encontrar en
nobody-no-addresses = Aún no hay dirección de red. ¿Está conectado este equipo?
nobody-since = Escuchando desde: { $time }
nobody-network-up = Este equipo está en una red
nobody-network-down = vecino no tiene dirección en ninguna red
nobody-multicast-off = La búsqueda por multicast está desactivada
nobody-multicast-failed = Aquí no se puede usar multicast
nobody-multicast-silent = Aún no se ha oído a nadie más por multicast
nobody-multicast-heard = Se ha oído por multicast a otro equipo con vecino
nobody-reach-none = vecino no escucha en ningún puerto
nobody-reach-listening = Escucha en el puerto { $port }; aún no se ha conectado ningún otro equipo
nobody-reach-made = Otro equipo se ha conectado a este
nobody-why = Si alguien debería estar aquí:
nobody-why-same = Los dos equipos tienen que estar en la misma red, con vecino abierto en ambos.
nobody-why-guest = Las redes wifi para invitados suelen aislar los equipos. Prueba otra red, un cable o un relé al que lleguen ambos.
nobody-why-firewall = Puede que un cortafuegos lo impida: permite vecino en él.
nobody-why-address = O escribe aquí su dirección o su invitación, o las de un relé:
choose-title = Elige a quién escribir
choose-hint = O pulsa { $key } para buscar a alguien.
address-placeholder = 192.168.1.20:48237 o vecino:…
address-add = Conectar
address-adding = Conectando…
copy = Copiar

## Relés

relays = Relés
relay-connecting = conectando…
relay-not-reached = no se llega a él: { $cause }
relay-ready = listo
relay-refused = no te admite
relay-refused-why = no te admite: { $cause }
relay-spare = ahora no hace falta
relay-added = { $name } es un relé. Se usará a partir de ahora.
relay-forget = Olvidar este relé
relay-forget-question = ¿Olvidar este relé? Dejarás de ver a quienes solo llegan a ti a través de él.
relay-forget-yes = Sí, olvidar
relay-forget-no = Conservarlo
invite-copy = Copiar mi invitación
invite-copied = Tu invitación está copiada. Quien la tenga puede añadirte y usar los relés que usas.

## Conversación

tip-back = Atrás
tip-pop-out = Abrir en su propia ventana
tip-menu = Más ({ $key })
tip-attach = Enviar archivos o carpetas
tip-transfers = Transferencias ({ $key })
tip-dismiss = Descartar
menu-find = Buscar aquí
menu-files = Enviar archivos…
menu-folder = Enviar una carpeta…
menu-export = Guardar la conversación…
message-placeholder = Mensaje para { $name }
send = Enviar
new = Nuevo
no-messages = Todavía no hay mensajes
no-messages-hint = Lo que escribas aquí va directo a { $name }, y a ningún otro sitio.
no-messages-hint-relayed = Lo que escribas aquí llega a { $name } a través de un relé, que no puede leerlo.
offline-hint = { $name } no está. Los mensajes se guardan y saldrán en cuanto vuelva.
jump-to-latest = Últimos mensajes
jump-to-new = { $count ->
    [one] 1 mensaje nuevo
   *[other] { $count } mensajes nuevos
}
sent-by-newer = Enviado por una versión más nueva de vecino
cancelled-message = Retirado
not-sent = No enviado: { $cause }
not-sent-unknown = No enviado
attach-files = Archivos…
attach-folders = Carpeta…
caption-goes-along = Lo que has escrito va con ello
drop-here = Suelta aquí para enviar a { $name }
looking-through = Revisando lo que se va a enviar a { $name }…
dropped-on-nobody = No se envió nada: abre una conversación y suelta ahí los archivos.
picture-name = Imagen { $time }
choose-files = Elige archivos para enviar
choose-folders = Elige carpetas para enviar
choose-target = Elige dónde guardarlo
choose-export = Elige dónde guardar la conversación
export-text = Texto
export-markdown = Markdown
export-lines = JSON, un mensaje por línea
export-title = Conversación con { $name }
export-me = Yo
export-file = archivo
export-queued = aún no enviado
export-failed = no enviado
export-saving = Guardando la conversación…
export-saved = Guardada como { $path }

## Archivos

accept = Aceptar
save-to = Guardar en…
decline = Rechazar
open = Abrir
open-folder = Abrir la carpeta
show-in-folder = Mostrar en la carpeta
pause = Pausar
resume = Continuar
cancel = Cancelar
try-again = Reintentar
cancel-question = ¿Cancelar esta transferencia? Se borra lo que ha llegado hasta ahora.
cancel-yes = Sí, cancelar
cancel-no = No cancelar
files = { $count ->
    [one] 1 archivo
   *[other] { $number } archivos
}
file-from = { $contents } · de { $name }
file-waiting = { $contents } · esperando a que { $name } lo acepte
file-progress = { $done } de { $size }
file-starting = Empezando…
file-away = Esperando a que { $name } esté aquí
file-paused = En pausa
file-paused-by = En pausa por { $name }
file-paused-why = En pausa: { $cause }
file-disk-full = En pausa: el disco está lleno. Sigue en cuanto haya sitio para { $size } más.
file-disk-full-there = En pausa: el disco de { $name } está lleno o no admite escritura. Sigue por sí solo en cuanto pueda.
file-saved = { $contents } · guardado
file-received = { $contents } · recibido por { $name }
file-failed = Falló
file-failed-why = Falló: { $cause }
file-failed-rest = lo demás está guardado
file-declined = { $contents } · rechazado
file-cancelled = { $contents } · cancelado
left-out = { $count ->
    [one] Se omitió 1 elemento; no se envían enlaces, archivos especiales ni lo que no se puede leer: { $names }
   *[other] Se omitieron { $count } elementos; no se envían enlaces, archivos especiales ni lo que no se puede leer: { $names }
}

## Transferencias

transfers = Transferencias
transfers-now = Ahora
transfers-past = Antes
transfers-more = Mostrar anteriores
transfers-running = { $count } en curso
transfers-waiting = { $count ->
    [one] 1 espera a que el otro lado esté aquí
   *[other] { $count } esperan a que el otro lado esté aquí
}
transfers-idle = No hay nada en curso
transfer-to = Para { $name }
transfer-from = De { $name }
no-transfers = Todavía no hay archivos
no-transfers-hint = Lo que envíes y recibas aparecerá aquí.

## Fechas

today = Hoy
yesterday = Ayer
monday = Lunes
tuesday = Martes
wednesday = Miércoles
thursday = Jueves
friday = Viernes
saturday = Sábado
sunday = Domingo
monday-short = lun
tuesday-short = mar
wednesday-short = mié
thursday-short = jue
friday-short = vie
saturday-short = sáb
sunday-short = dom
january = enero
february = febrero
march = marzo
april = abril
may = mayo
june = junio
july = julio
august = agosto
september = septiembre
october = octubre
november = noviembre
december = diciembre
january-short = ene
february-short = feb
march-short = mar
april-short = abr
may-short = may
june-short = jun
july-short = jul
august-short = ago
september-short = sep
october-short = oct
november-short = nov
december-short = dic
date = { $day } de { $month }
date-with-year = { $day } de { $month } de { $year }
date-short = { $day } { $month }
date-short-with-year = { $day } { $month } { $year }
seconds-left = quedan { $count } s
minutes-left = quedan { $count } min
hours-left = quedan { $count } h

## Errores

error-address = «{ $text }» no es una dirección. Escríbela así: 192.168.1.20:48237.
error-unreachable = No se pudo llegar a nadie en { $address }: { $cause }
error-invite-damaged = La invitación no está completa. Cópiala entera, desde «vecino:» hasta el final.
error-invite-newer = La invitación es de un vecino más nuevo. Actualiza este.
error-relay-refuses = El relé { $name } no te admite: { $cause }
error-file = { $path }: { $cause }
error-unknown-peer = Aquí no se conoce a esta persona.
error-oneself = Esa dirección es la tuya.
error-message-gone = El mensaje ya no se puede retirar.
error-transfer-state = Eso ya no se puede hacer con este archivo.
error-offer-lost = Ya no se sabe dónde estaban estos archivos. Elígelos y envíalos de nuevo.
error-already-running = vecino ya está abierto con este perfil ({ $path }).
error-timed-out = No hubo respuesta a tiempo.
error-stopped = vecino se ha detenido. Ábrelo de nuevo.
error-no-such-peer = Aquí no se conoce a nadie llamado «{ $name }».
error-ambiguous = Hay varias personas llamadas «{ $name }».
error-no-such-transfer = Aquí no se conoce este archivo.
error-nickname-empty = Un nombre necesita al menos un carácter visible.
error-nickname-long = Un nombre tiene como mucho { $most } caracteres.
error-nickname-control = Un nombre no puede tener saltos de línea ni caracteres de control.
error-nickname-hidden = Un nombre no puede tener caracteres invisibles ni que cambien la dirección del texto.
error-text-empty = No hay nada que enviar.
error-text-long = Este mensaje tiene { $size }; como mucho se pueden enviar { $most } en uno. Envíalo como archivo.
error-text-nul = Este mensaje tiene un carácter que no se puede enviar. Envíalo como archivo.
error-open = No se puede abrir este archivo: { $cause }
error-open-link = No se puede abrir este enlace: { $cause }
error-export = No se puede guardar la conversación: { $cause }
error-paste-large = La imagen del portapapeles es demasiado grande para enviarla. Guárdala como archivo y envía ese.
error-paste-damaged = No se puede leer la imagen del portapapeles.
error-control = Los comandos no llegarán a esta ventana: { $cause }
error-autostart = No se puede saber ni cambiar si vecino se inicia al abrir la sesión: { $cause }

## Motivos: partes de frases

why-sender-cancelled = quien lo envía lo ha cancelado
why-offer-misfit = lo que se ofrece no es lo que se había anunciado
why-other-content = lo que llega no es lo que se había ofrecido
why-false-size = un archivo no tiene el tamaño que se había anunciado
why-damaged = lo que llega está dañado, una y otra vez
why-too-many-lost = demasiados de los archivos ya no se pueden obtener
why-list-unreadable = no se puede leer la lista de lo que se ofrece
why-no-longer-offered = quien lo envía ya no lo ofrece
why-not-understood = el otro lado no entendió la petición
why-some-gone = falta algo de lo que había llegado
why-not-received = el otro lado no pudo recibirlo
why-offer-damaged = lo que se anotó del envío está dañado; vuelve a enviarlo
why-not-a-plain-file = hay otra cosa en el lugar de lo que había llegado
why-folders-too-deep = hay demasiadas carpetas, una dentro de otra
why-no-downloads = no hay carpeta de descargas; elige adónde van los archivos recibidos
why-stopped = vecino se ha detenido
why-cancelled = retirado
why-cancelled-late = retirado, pero ya había llegado
why-nothing-to-offer = no hay nada que enviar
why-too-much = los archivos son demasiado grandes en conjunto
why-stray-entry = un elemento no está en ninguna carpeta del envío
why-twin-items = dos elementos tienen el mismo nombre
why-own-address = esa dirección es la de este equipo
why-no-answer = no responde nadie
why-timed-out = no hubo respuesta a tiempo
why-no-addresses = no se conoce ninguna dirección
why-dial-aborted = se dejó de intentar
why-dial-denied = aquí no se permite
why-not-a-vecino = lo que responde ahí no es un vecino
why-too-many-ways = hay demasiados caminos a través de relés
why-not-a-relay = lo que responde ahí no es un relé
why-not-at-relay = la persona que buscas no está ahora en ese relé
why-not-through-relay = el relé no llega hasta la persona que buscas
why-relay-full = el relé está lleno
why-relay-forbids = el relé no lo permite
why-tells-too-much = cuenta más de lo que debe
why-places-dont-last = las plazas que da no duran
why-too-many-addresses = tiene demasiadas direcciones
why-wrong-list = su lista de miembros no es correcta
why-no-reason = no dice por qué
why-relay-invalid = no entiende esta versión
why-relay-not-allowed = no es para ti
why-relay-token = hace falta una invitación
why-relay-has-no-room = está lleno
why-relay-crowded = llegan demasiados desde tu dirección
why-relay-too-quick = se le ha preguntado demasiadas veces
why-relay-leaving = está a punto de apagarse
why-relay-other = no te admite
said-invalid = ahí no se entiende lo que se le pide
said-not-allowed = este relé no es para ti
said-local-only = este relé es para personas con direcciones privadas
said-list-only = este relé tiene una lista de quién puede usarlo
said-wrong-token = este relé pide un token que conozca
said-address-full = hay demasiados miembros en tu dirección
said-too-often = demasiadas peticiones
said-flood = demasiados intentos de conexión
said-connections = demasiadas conexiones de un mismo miembro
said-circuits = demasiados circuitos
said-unannounced = solo los miembros saben de los demás
said-no-member = ahí no es miembro
said-given-up = se dejó de intentar
said-leaving = el relé está a punto de apagarse
why-no-address = no es un multiaddr ni equipo:puerto
why-not-tcp = hacen falta una dirección IP y un puerto TCP
why-half-a-circuit = un camino a través de un relé necesita el id del relé y el de la persona: …/p2p/RELÉ/p2p-circuit/p2p/PERSONA
why-foreign-peer = el id que lleva no es de vecino
why-names-no-relay = esta invitación no nombra ningún relé
why-leads-through-relay = pasa a su vez por un relé
why-invite-damaged = la invitación no está completa; cópiala entera, desde «vecino:» hasta el final
why-invite-newer = la invitación es de un vecino más nuevo que este
why-port-taken = otro programa escucha ahí
why-not-listenable = tiene que ser una dirección IP y un puerto TCP, como /ip4/0.0.0.0/tcp/48237
why-no-home = este usuario no tiene carpeta personal; indica una para vecino con --data-dir
why-long-settings = es demasiado largo para unos ajustes
why-not-text = no es texto UTF-8
why-file = { $name } { $why }
why-several = faltan { $lost } de { $files } archivos; el primero: { $first }
why-unwritable = no se puede escribir ({ $cause }); se vuelve a intentar
why-no-room = no hay sitio: hacen falta { $needed } y quedan { $free }
why-no-room-for = en el disco no hay sitio para { $name }
why-too-large = { $name } es demasiado grande para enviarse así (como mucho { $most })
why-offer-not-kept = no se puede anotar lo que se va a enviar: { $cause }
why-list-not-kept = no se puede guardar la lista de lo que se va a enviar: { $cause }
why-too-many-entries = son más archivos y carpetas de los que se pueden enviar de una vez (como mucho { $most })
why-too-many-items = se pueden elegir como mucho { $most } archivos y carpetas de una vez; envía una carpeta que los contenga
why-denied = quien lo envía se negó (causa { $cause })
why-silence = nadie respondió en { $count } s
why-somebody-else = ahí está otra persona: { $peer }
why-relay-away = no se llega al relé: { $cause }
why-missing-beside = falta o está vacío, pero { $log } está
why-schema = la versión de su esquema es { $version }
why-key-length = debería tener { $expected } bytes y tiene { $found }
why-no-randomness = el sistema no da números aleatorios: { $cause }
its-changed-meanwhile = cambió mientras se enviaba
its-unreadable-there = no lo puede leer quien lo envía
its-no-place = no se puede crear aquí: su nombre o el de su carpeta está ocupado o es demasiado largo
its-changed = cambió después de ofrecerlo; vuelve a enviarlo
its-unreadable-here = no se puede leer; vuelve a enviarlo
its-link = es un enlace
its-special = no es ni un archivo ni una carpeta
its-name-not-text = tiene un nombre que no es texto
its-name-too-long = tiene un nombre demasiado largo
its-exposed = tiene que ser una carpeta que solo puedas abrir tú: bórrala, o corrige su dueño y sus permisos (chmod 700)
its-unnameable = no se puede nombrar ahí
its-nameless = no tiene nombre; elige las carpetas que contiene
its-unreadable = no se puede leer: { $cause }
its-too-deep = está en demasiadas carpetas, una dentro de otra (como mucho { $most })
refused-invalid = el otro lado no lo aceptó como un mensaje válido
refused-blocked = el otro lado no acepta mensajes tuyos
refused-over-budget = el otro lado no acepta más mensajes hasta que responda
refused-other = el otro lado rechazó este mensaje (causa { $cause })

## Lo que dice el sistema

system-not-found = no existe
system-no-permission = permiso denegado
system-no-space = no queda sitio en el disco
system-read-only = es de solo lectura
system-exists = ya existe
system-not-a-folder = no es una carpeta
system-is-a-folder = es una carpeta
system-bad-name = ahí no se admite ese nombre
system-file-too-large = ahí un archivo no puede ser tan grande
system-busy = otro programa lo está usando
system-damaged-data = lo que hay está dañado
system-stale = la unidad de red lo ha perdido
system-no-memory = no queda memoria
system-unsupported = este sistema no puede hacer eso
system-refused = conexión rechazada
system-broken = la conexión se cortó
system-host-unreachable = no hay camino hasta ese equipo
system-network-unreachable = no hay camino hasta esa red
system-network-down = la red está desactivada
system-address-taken = la dirección ya está en uso
system-not-our-address = no es una dirección de este equipo
system-timed-out = tardó demasiado

## Lo que se guarda, y la red

store-shared-folder = { $path } es una carpeta que usan todos. Indica una solo para vecino.
store-not-a-database = { $path } no es una base de datos de vecino. Se dejó como estaba: apártala para empezar con un historial vacío, o recupérala de una copia de seguridad.
store-damaged = { $path } está dañado ({ $cause }). Se dejó como estaba: recupéralo de una copia de seguridad, o apártalo para empezar con un historial vacío.
store-newer = { $path } es de un vecino más nuevo. Actualiza vecino en este equipo.
store-read-only = No se puede escribir en { $path }: es de solo lectura. Permite que se escriba, o indica otra carpeta de datos.
store-full = No se puede escribir en { $path }: el disco está lleno. Haz sitio y vuelve a intentarlo.
store-no-permission = No se puede abrir { $path }: permiso denegado. Devuélvelo al usuario con el que se ejecuta vecino.
store-identity = La clave de identidad { $path } no se puede usar: { $cause }. Se dejó como estaba: recupérala de una copia de seguridad, o apártala para tener una identidad nueva (para los demás serás otra persona).
store-settings = { $path }: { $cause }. Se dejó como estaba: corrígelo, o apártalo para volver a los ajustes de fábrica.
store-settings-line = { $path }, línea { $line }: { $cause }. Se dejó como estaba: corrígelo, o apártalo para volver a los ajustes de fábrica.
store-stale = Mientras tanto se guardó otra cosa. Vuelve a intentarlo.
store-no-such-message = Aquí no se conoce este mensaje.
net-key = La clave de identidad no se puede usar.
net-transport = No se pudo preparar la red: { $cause }
net-listen = vecino no puede escuchar en { $address }: { $cause }
net-closed = Ya no se escucha en una dirección: { $cause }
net-discovery = Las personas no aparecerán por sí solas: aquí no se puede usar DNS multicast ({ $cause }).
net-discovery-ended = Las personas ya no aparecen por sí solas: DNS multicast ha terminado.
warning-not-sent = Hay un mensaje que no se puede enviar: { $cause }
warning-not-kept = Hay un mensaje que no se puede guardar: { $cause }
warning-not-removed = No se pudo borrar lo que había llegado de una transferencia: { $cause }
warning-relay-invite = Una invitación puesta como relé no se puede usar: { $cause }
warning-relay-address = «{ $text }» no se puede usar como relé: { $cause }
warning-relay-unknown = El relé «{ $name }» aún no se usa: nadie en esta red conoce ese nombre.

## Settings

settings = Ajustes
tip-settings = Ajustes ({ $key })
tip-close = Cerrar
tip-enlarge = Ampliar
settings-profile = Perfil
settings-nickname = Cómo te llaman
settings-save = Guardar
settings-identity = Tu identidad. Quien la tiene sabe que eres tú
settings-appearance = Aspecto
settings-theme = Colores
theme-system = Como el sistema
theme-light = Claro
theme-dark = Oscuro
settings-language = Idioma
language-system = El del sistema
settings-text-size = Tamaño del texto
percent = { $number } %
settings-drawing = Dibuja la ventana
drawing-processor = El procesador
drawing-graphics-card = La tarjeta gráfica
drawing-hint = El procesador empieza enseguida y usa poca memoria. La tarjeta gráfica usa más, y puede ir más fluida en pantallas grandes. El cambio vale desde el próximo inicio.
graphics-failed = vecino terminó mientras la tarjeta gráfica dibujaba su ventana. Ahora la dibuja el procesador; se puede elegir en los ajustes.
settings-privacy = Privacidad
settings-receipts = Decir a los demás qué he leído
settings-typing = Decir a los demás que les estoy escribiendo
privacy-hint = Lo que no dices a los demás, tampoco lo ves de ellos.
settings-files = Archivos
settings-accept = Los archivos que alguien envía se aceptan
accept-ask = Cuando yo lo diga
accept-known = De personas a las que he escrito
accept-all = De todo el mundo
settings-folder = Lo recibido va a
folder-system = La carpeta de descargas del sistema
folder-choose = Elegir…
folder-reset = Usar la carpeta del sistema
folder-title = Elige adónde van los archivos recibidos
settings-network = Red
network-interfaces = Te encuentran y te alcanzan por
network-interface-gone = sin conexión
network-interfaces-hint = Siempre queda al menos una activada. Si lo están todas, también lo estarán las que lleguen después. Quien ya está conectado lo sigue estando.
network-found = Encontrar a las personas de la red, y que me encuentren
network-port = Puerto
network-port-any = cualquiera
network-port-hint = El cortafuegos tiene que dejar entrar este puerto TCP, y UDP 5353 para que aparezcan las personas. Si queda vacío, se usa cualquiera que esté libre.
network-port-wrong = Un puerto es un número de 1 a 65535; déjalo vacío para cualquiera.
network-port-taken = El puerto { $port } no se puede usar aquí, seguramente porque lo tiene otro programa: en su lugar es el { $other }.
network-given = A vecino se le dijo al iniciarlo dónde alcanzarlo. Las redes y el puerto valen desde un inicio sin eso.
relays-found = Usar los relés que se encuentren en la red
settings-add = Añadir a una persona o un relé por dirección o invitación
settings-about = Acerca de
about-version = vecino { $version }
about-words = Un mensajero para personas en la misma red, sin servidor, cuenta ni internet. Software libre bajo la licencia MIT o Apache 2.0.

## Keys

shortcuts = Atajos
key-find = Buscar a una persona o conversación
key-find-everywhere = Buscar en todas las conversaciones
key-find-here = Buscar en esta conversación
key-page-up = Subir
key-page-down = Bajar
key-previous = Conversación de arriba
key-next = Conversación de abajo
key-previous-unread = Conversación sin leer de arriba
key-next-unread = Conversación sin leer de abajo
key-nth = De la primera a la novena conversación
key-attach = Enviar archivos
key-transfers = Transferencias
key-menu = Menú de la conversación
key-pop-out = Conversación en su propia ventana
key-focus-next = Al botón o campo siguiente
key-focus-previous = Al anterior
key-settings = Ajustes
key-shortcuts = Esta lista
key-back = Atrás, o al último mensaje
key-close-window = Cerrar la ventana
key-quit = Salir
key-name-page-up = Re Pág
key-name-page-down = Av Pág

## Emoji

tip-emoji = Emoji
emoji-search = Buscar un emoji
emoji-smileys = Caras
emoji-people = Personas
emoji-animals = Animales y naturaleza
emoji-food = Comida y bebida
emoji-travel = Viajes y lugares
emoji-activities = Actividades
emoji-objects = Objetos
emoji-symbols = Símbolos
emoji-flags = Banderas

## Notifications

settings-notifications = Notificaciones
notifications-preview = Quién escribe y qué
notifications-name = Quién escribe
notifications-off = Ninguna
notifications-hint = No llegan para la conversación que está delante, ni mientras estás ocupado.

## Closing, and the tray

settings-closing = Inicio y cierre
autostart = Iniciar al abrir la sesión
close-to-tray = Seguir en la bandeja al cerrar la última ventana
closing-in-tray = Al cerrar la última ventana, vecino sigue en la bandeja.
closing-quits = Al cerrar la última ventana, vecino termina.
closing-without-tray = Aquí no hay bandeja: al cerrar la última ventana, vecino termina.
tray-open = Abrir vecino

## Links

link-person = ¿Añadir a la persona en { $address } de este enlace?
link-person-behind = ¿Añadir a la persona detrás del relé en { $address } de este enlace?
link-person-nowhere = ¿Añadir a la persona de este enlace? No dice ninguna dirección.
link-relay = ¿Usar el relé en { $address } de este enlace?
link-relays-too = También usarías el relé en { $address }.
link-add = Añadir
link-page = Este enlace lleva a { $host }. ¿Abrirlo?
link-mail = ¿Escribir un correo a { $address }?
link-open = Abrir
link-not-now = Ahora no
link-bad = El enlace que se ha abierto no es una invitación, o no está completa. Pide una nueva.
