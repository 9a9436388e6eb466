"""The words that generated products are made of: goods with their heading, materials, traits, uses; two languages."""


def _pairs(text: str) -> tuple[tuple[str, ...], ...]:
    """English and Turkish of each entry; an underscore stands for a space."""
    return tuple(tuple(entry.replace("_", " ").split("/")) for entry in text.split())


# heading, English, Turkish; the order is the order of frequency
GOODS = tuple(
    tuple(line.split("|"))
    for line in """
6302|towel|havlu
6302|bed linen set|nevresim takımı
6109|t-shirt|tişört
5702|carpet|halı
1509|olive oil|zeytinyağı
0813|dried apricots|kuru kayısı
6907|floor tile|yer karosu
9403|bookcase|kitaplık
6203|trousers|pantolon
8418|refrigerator|buzdolabı
0802|hazelnuts|fındık
6115|socks|çorap
7323|saucepan|tencere
3923|plastic bag|plastik torba
6802|marble slab|mermer plaka
8708|brake pad|fren balatası
1704|turkish delight|lokum
6204|dress|elbise
8516|hair dryer|saç kurutma makinesi
3401|soap|sabun
7113|necklace|kolye
6403|leather shoe|deri ayakkabı
9401|armchair|koltuk
1905|biscuit|bisküvi
2002|tomato paste|domates salçası
7013|drinking glass|su bardağı
6304|bedspread|yatak örtüsü
6110|sweater|kazak
6205|shirt|gömlek
0806|raisins|kuru üzüm
0804|dried figs|kuru incir
7308|steel door|çelik kapı
8481|mixer tap|musluk bataryası
8544|copper cable|bakır kablo
4202|handbag|el çantası
5407|polyester fabric|polyester kumaş
5208|cotton fabric|pamuklu kumaş
6301|blanket|battaniye
6303|curtain|perde
9404|mattress|yatak
3305|shampoo|şampuan
3402|detergent|deterjan
1902|pasta|makarna
1101|wheat flour|buğday unu
1806|chocolate bar|çikolata
0713|chickpeas|nohut
1006|rice|pirinç
0902|black tea|siyah çay
0901|roasted coffee|kavrulmuş kahve
2009|pomegranate juice|nar suyu
2008|roasted pistachios|kavrulmuş antep fıstığı
2005|table olives|sofralık zeytin
0709|fresh pepper|taze biber
0702|fresh tomatoes|taze domates
0805|mandarins|mandalina
0809|cherries|kiraz
0810|strawberries|çilek
0304|sea bass fillet|levrek fileto
0302|sea bream|çipura
1604|canned tuna|ton balığı konservesi
0406|white cheese|beyaz peynir
0409|honey|bal
2007|jam|reçel
2106|food supplement|takviye edici gıda
2201|mineral water|maden suyu
2202|soft drink|meşrubat
6911|dinner plate|yemek tabağı
6912|ceramic mug|seramik kupa
6910|washbasin|lavabo
7010|glass jar|cam kavanoz
7005|float glass|düz cam
6801|paving stone|parke taşı
2515|marble block|mermer blok
2523|cement|çimento
6810|concrete pipe|beton boru
6806|rock wool|taş yünü
6809|plasterboard|alçı levha
7214|reinforcing bar|inşaat demiri
7304|steel tube|çelik boru
7318|screw|vida
7326|steel bracket|çelik braket
7610|aluminium profile|alüminyum profil
7604|aluminium bar|alüminyum çubuk
7615|frying pan|kızartma tavası
8211|kitchen knife|mutfak bıçağı
8215|cutlery set|çatal bıçak takımı
8302|door handle|kapı kolu
8301|padlock|asma kilit
8421|water filter|su filtresi
8413|water pump|su pompası
8414|air compressor|hava kompresörü
8415|air conditioner|klima
8450|washing machine|çamaşır makinesi
8422|dishwasher|bulaşık makinesi
8438|dough mixer|hamur yoğurma makinesi
8452|sewing machine|dikiş makinesi
8432|seed drill|ekim makinesi
8433|harvester|biçerdöver
8429|excavator|ekskavatör
8426|tower crane|kule vinç
8479|filling machine|dolum makinesi
8504|transformer|transformatör
8536|light switch|elektrik anahtarı
8539|led lamp|led ampul
9405|ceiling light|avize
8501|electric motor|elektrik motoru
8507|car battery|akü
8509|food processor|mutfak robotu
8517|router|yönlendirici
8528|television|televizyon
8716|trailer|treyler
8701|tractor|traktör
8714|motorcycle seat|motosiklet selesi
4011|car tyre|otomobil lastiği
4009|rubber hose|kauçuk hortum
4016|rubber gasket|kauçuk conta
3917|pvc pipe|pvc boru
3920|stretch film|streç film
3924|storage box|saklama kabı
3925|window profile|pencere profili
3926|plastic crate|plastik kasa
4819|corrugated box|oluklu mukavva kutu
4818|toilet paper|tuvalet kağıdı
4802|copy paper|fotokopi kağıdı
4820|notebook|defter
3303|perfume|parfüm
3304|face cream|yüz kremi
3307|cologne|kolonya
3306|toothpaste|diş macunu
3208|wall paint|duvar boyası
3506|wood glue|ahşap tutkalı
3004|ointment|merhem
9018|syringe|şırınga
9402|hospital bed|hasta yatağı
9503|wooden toy|ahşap oyuncak
9506|treadmill|koşu bandı
9603|hair brush|saç fırçası
9619|baby diaper|bebek bezi
6111|baby romper|bebek tulumu
6108|nightgown|gecelik
6107|boxer shorts|boxer
6212|bra|sütyen
6214|scarf|eşarp
6505|knitted hat|örme şapka
6116|gloves|eldiven
6101|coat|kaban
6201|jacket|ceket
6104|skirt|etek
6112|swimsuit|mayo
6105|polo shirt|polo yaka tişört
6211|work wear|iş elbisesi
4203|leather belt|deri kemer
4107|finished leather|işlenmiş deri
6402|slipper|terlik
6404|sports shoe|spor ayakkabı
5205|cotton yarn|pamuk ipliği
5509|polyester yarn|polyester iplik
5603|nonwoven fabric|dokusuz kumaş
5801|velvet|kadife
5806|ribbon|kurdele
6006|knitted fabric|örme kumaş
5903|artificial leather|suni deri
5705|bath mat|banyo paspası
5703|tufted rug|tafting halı
5701|hand-knotted rug|el dokuma halı
9406|prefabricated house|prefabrik ev
9402|barber chair|berber koltuğu
9403|wardrobe|gardırop
9403|kitchen cabinet|mutfak dolabı
9401|dining chair|yemek sandalyesi
9403|desk|çalışma masası
9403|coffee table|sehpa
4418|parquet|parke
4412|plywood|kontrplak
4411|fibreboard|lif levha
7117|fashion jewellery|bijuteri
7113|bracelet|bilezik
7114|silver tray|gümüş tepsi
7116|bead|boncuk
7009|mirror|ayna
7018|evil eye bead|nazar boncuğu
6913|ceramic ornament|seramik biblo
7418|copper pot|bakır cezve
0712|dried vegetables|kurutulmuş sebze
0904|red pepper flakes|pul biber
0910|thyme|kekik
0909|cumin|kimyon
1207|poppy seed|haşhaş tohumu
1512|sunflower oil|ayçiçek yağı
1507|soybean oil|soya yağı
1701|sugar|şeker
1901|baby food|bebek maması
1904|breakfast cereal|kahvaltılık gevrek
2103|ketchup|ketçap
2104|instant soup|hazır çorba
2203|beer|bira
2204|wine|şarap
2209|vinegar|sirke
0207|chicken meat|tavuk eti
0401|milk|süt
0403|yoghurt|yoğurt
0603|cut flowers|kesme çiçek
0602|olive sapling|zeytin fidanı
0703|onions|soğan
0701|potatoes|patates
0808|apples|elma
0807|melon|kavun
0811|frozen fruit|dondurulmuş meyve
0710|frozen vegetables|dondurulmuş sebze
""".strip().splitlines()
)

MATERIALS = _pairs(
    "cotton/pamuk linen/keten wool/yün silk/ipek bamboo/bambu polyester/polyester viscose/viskon leather/deri "
    "steel/çelik stainless/paslanmaz aluminium/alüminyum copper/bakır brass/pirinç iron/demir zinc/çinko "
    "wood/ahşap oak/meşe beech/kayın walnut/ceviz pine/çam glass/cam crystal/kristal ceramic/seramik "
    "porcelain/porselen marble/mermer granite/granit travertine/traverten onyx/oniks plastic/plastik "
    "silicone/silikon rubber/kauçuk paper/kağıt cardboard/karton velvet/kadife satin/saten denim/kot "
    "suede/süet mohair/tiftik cashmere/kaşmir acrylic/akrilik nylon/naylon elastane/elastan felt/keçe jute/jüt "
    "melamine/melamin concrete/beton gypsum/alçı bronze/bronz silver/gümüş gold/altın titanium/titanyum "
    "carbon/karbon vinyl/vinil cork/mantar clay/kil terracotta/terakota enamel/emaye graphite/grafit"
)

TRAITS = _pairs(
    "organic/organik natural/doğal handmade/el_yapımı hand-woven/el_dokuması waterproof/su_geçirmez "
    "fireproof/yanmaz soft/yumuşak thick/kalın thin/ince light/hafif heavy-duty/ağır_hizmet durable/dayanıklı "
    "foldable/katlanır portable/taşınabilir adjustable/ayarlanabilir double-sided/çift_taraflı striped/çizgili "
    "checked/kareli patterned/desenli plain/düz embroidered/nakışlı printed/baskılı glossy/parlak matt/mat "
    "polished/cilalı brushed/fırçalı galvanised/galvanizli coated/kaplamalı insulated/yalıtımlı "
    "washable/yıkanabilir anti-slip/kaymaz antibacterial/antibakteriyel breathable/nefes_alan stretch/esnek "
    "seamless/dikişsiz quilted/kapitone knitted/örme woven/dokuma dried/kurutulmuş roasted/kavrulmuş "
    "salted/tuzlu unsalted/tuzsuz smoked/füme pickled/turşu frozen/dondurulmuş fresh/taze sweet/tatlı spicy/acı "
    "sugar-free/şekersiz gluten-free/glutensiz cold-pressed/soğuk_sıkım early-harvest/erken_hasat "
    "vacuum-packed/vakumlu premium/seçkin classic/klasik modern/modern rustic/rustik vintage/eskitme "
    "industrial/endüstriyel professional/profesyonel household/ev_tipi commercial/ticari silent/sessiz "
    "energy-saving/enerji_tasarruflu rechargeable/şarjlı wireless/kablosuz automatic/otomatik manual/elle "
    "electric/elektrikli hydraulic/hidrolik pneumatic/pnömatik digital/dijital recycled/geri_dönüştürülmüş "
    "biodegradable/biyobozunur lockable/kilitli stackable/istiflenebilir unbreakable/kırılmaz "
    "heat-resistant/ısıya_dayanıklı"
)

COLOURS = _pairs(
    "white/beyaz black/siyah red/kırmızı blue/mavi green/yeşil yellow/sarı grey/gri beige/bej brown/kahverengi "
    "navy/lacivert turquoise/turkuaz purple/mor pink/pembe orange/turuncu cream/krem ivory/fildişi "
    "burgundy/bordo khaki/haki mustard/hardal lilac/lila anthracite/antrasit mint/nane coral/mercan indigo/çivit"
)

USES = _pairs(
    "hotel/otel hospital/hastane restaurant/restoran kitchen/mutfak bathroom/banyo garden/bahçe beach/plaj "
    "spa/hamam office/ofis school/okul nursery/kreş gym/spor_salonu travel/seyahat wedding/düğün gift/hediye "
    "children/çocuk baby/bebek women/kadın men/erkek winter/kış summer/yaz outdoor/dış_mekan indoor/iç_mekan "
    "construction/inşaat agriculture/tarım greenhouse/sera automotive/otomotiv marine/denizcilik "
    "packaging/ambalaj retail/perakende wholesale/toptan laboratory/laboratuvar workshop/atölye "
    "mosque/cami camping/kamp picnic/piknik sauna/sauna balcony/balkon terrace/teras warehouse/depo"
)

_SYLLABLES = (
    "al ar ba be ca da de du ef el er fa ga ge gü ha il is ka ke ko la le lu ma me mi na ne no ol or pa pe ra re ri "
    "sa se so su ta te to tu ul va ve ya ye za ze"
)
SYLLABLES = _SYLLABLES.split()
