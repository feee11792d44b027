// Written by tools/embed-entities from twitter-text's tld_lib.yml (Apache-2.0). Do not edit.

/// The last labels of host names, in lowercase.
enum TopLevelDomains {
    /// Those of ASCII letters, each without the letters it shares with the one before; their number stands before the
    /// rest.
    static let ascii: StaticString = """
        0aaa 2rp 1barth 2b 3ott 3vie 2c 2le 2ogado 2udhabi 1c 2ademy 2centure 3ountant 9ts 2o 2tive 3or 1d 2ac 2s
        2ult 1e 2g 2ro 2tna 1f 2amilycompany 2l 2rica 1g 2akhan 2ency 1i 2g 3o 2rbus 3force 3tel 1kdn 1l 2faromeo
        2ibaba 3pay 2lfinanz 3state 3y 2sace 3tom 1m 2ericanexpress 8family 3x 2fam 2ica 2sterdam 1n 2alytics 2droid
        2quan 2z 1o 2l 1partments 2p 3le 1q 2uarelle 1r 2ab 3mco 2chi 2my 2pa 2t 3e 1s 2da 2ia 2sociates 1t 2hleta
        2torney 1u 2ction 2di 4ble 4o 2spost 2thor 3o 4s 1vianca 1w 2s 1x 2a 1z 2ure 0ba 2by 2idu 2namex 4narepublic
        3d 3k 2r 3celona 4laycard 7s 3efoot 3gains 2seball 3ketball 2uhaus 2yern 1b 2c 2t 2va 1cg 2n 1d 1e 2ats 3uty
        2er 2ntley 2rlin 2st 4buy 2t 1f 1g 1h 2arti 1i 2ble 2d 2ke 2ng 4o 2o 2z 1j 1l 2ack 5friday 3nco 2ockbuster
        3g 3omberg 2ue 1m 2s 2w 1n 2l 2pparibas 1o 2ats 2ehringer 2fa 2m 2nd 2o 3k 4ing 3ts 2sch 3tik 4on 2t 2utique
        2x 1q 1r 2adesco 2idgestone 2oadway 3ker 3ther 2ussels 1s 1t 1udapest 2gatti 2ild 5ers 2siness 2y 2zz 1v 1w
        1y 1z 2h 0ca 2b 2fe 2l 3l 3vinklein 2m 3era 3p 2ncerresearch 3on 2petown 3ital 7one 2r 3avan 3ds 3e 4er 6s
        3s 3tier 2sa 3e 4ih 3h 3ino 2t 3ering 3holic 1ba 2n 2re 2s 1c 1d 1eb 2nter 2o 2rn 1f 2a 2d 1g 1h 2anel 4nel
        3rity 3se 3t 2eap 2intai 2loe 2ristmas 3ome 3ysler 2urch 1i 2priani 2rcle 2sco 2tadel 3i 4c 3y 4eats 1k 1l
        2aims 2eaning 2ick 3nic 5que 2othing 3ud 2ub 4med 1m 1n 1o 2ach 2des 2ffee 2llege 3ogne 2m 3cast 3mbank
        4unity 3pany 5re 4uter 3sec 2ndos 3struction 4ulting 3tact 4ractors 2oking 7channel 3l 3p 2rsica 2untry 3pon
        6s 3rses 1pa 1r 2edit 6card 6union 2icket 2own 2s 2uise 6s 1sc 1u 2isinella 1v 1w 1x 1y 2mru 2ou 1z 0dabur
        2d 2nce 2ta 3e 3ing 3sun 2y 1clk 1ds 1e 2al 4er 4s 2gree 2livery 3l 3oitte 3ta 2mocrat 2ntal 4ist 2si 4gn 2v
        1hl 1iamonds 2et 2gital 2rect 6ory 2scount 5ver 3h 2y 1j 1k 1m 1np 1o 2cs 3tor 2dge 2g 2ha 2mains 2osan 2t
        2wnload 1rive 1tv 1ubai 2ck 2nlop 3s 2pont 2rban 1vag 2r 1z 0earth 2t 1c 2o 1deka 2u 3cation 1e 1g 1h 1mail
        2erck 1nergy 2gineer 8ing 2terprises 1post 2son 1quipment 1r 2icsson 2ni 1s 2q 2tate 2urance 1t 2isalat 1u
        2rovision 2s 1vents 3rbank 1xchange 2pert 3osed 3ress 2traspace 0fage 2il 3rwinds 3th 2mily 2n 3s 2rm 4ers
        2shion 3t 1edex 2edback 2rrari 4ero 1i 2at 2delity 3o 2lm 2nal 4nce 6ial 2re 4stone 3mdale 2sh 4ing 2t 3ness
        1j 1k 1lickr 3ghts 3r 2orist 3wers 2smidth 2y 1m 1o 2o 3d 4network 3tball 2rd 3ex 3sale 3um 2undation 2x 1r
        2ee 3senius 2l 2ogans 3ntdoor 5ier 1tr 1ujitsu 4xerox 2n 3d 2rniture 2tbol 1yi 0ga 2l 3lery 4o 4up 2me 4s 2p
        2rden 2y 1b 2iz 1d 2n 1e 2a 2nt 4ing 2orge 1f 1g 2ee 1h 1i 2ft 4s 2ves 3ing 1l 2ade 3ss 2e 2obal 4o 1m 2ail
        2bh 2o 2x 1n 1odaddy 2ld 4point 3f 2o 3dhands 4year 3g 4le 2p 2t 2v 1p 1q 1r 2ainger 3phics 3tis 2een 2ipe
        2ocery 3up 1s 1t 1u 2ardian 2cci 2ge 2ide 3tars 2ru 1w 1y 0hair 2mburg 2ngout 2us 1bo 1dfc 4bank 1ealth
        6care 2lp 3sinki 2re 3mes 1gtv 1iphop 2samitsu 2tachi 2v 1k 2t 1m 1n 1ockey 2ldings 3iday 2medepot 4goods 4s
        5ense 2nda 3eywell 2rse 2spital 3t 4ing 2t 3eles 5s 3mail 2use 2w 1r 1sbc 1t 2c 1u 2ghes 1yatt 2undai 0ibm
        1cbc 2e 2u 1d 1e 2ee 1fm 1inet 1kano 1l 1m 2amat 2db 2mo 4bilien 1n 2c 2dustries 2finiti 3o 2g 2k 2stitute
        3urance 5e 2t 3el 4rnational 3uit 2vestments 1o 1piranga 1q 1r 2ish 1s 2elect 2maili 2t 3anbul 1t 2au 2v
        1veco 1wc 0jaguar 2va 1cb 2p 1e 2ep 2tzt 2welry 1io 1lc 2l 1m 2p 1nj 1o 2bs 3urg 2t 2y 1p 2morgan 2rs 1uegos
        2niper 0kaufen 1ddi 1e 2rryhotels 5logistics 5properties 1fh 1g 1h 1i 2a 2m 2nder 4le 2tchen 2wi 1m 1n 1oeln
        2matsu 2sher 1p 2mg 2n 1r 2d 2ed 1uokgroup 1w 1y 2oto 1z 0la 2caixa 2dbrokes 2mborghini 3er 2ncaster 4ia
        4ome 3d 4rover 3xess 2salle 2t 3ino 3robe 2w 3yer 1b 1c 1ds 1ease 2clerc 2frak 2gal 3o 2xus 1gbt 1i 2aison
        2dl 2fe 4insurance 4style 2ghting 2ke 2lly 2mited 3o 2ncoln 3de 3k 2psy 2ve 3ing 2xil 1k 1lc 2p 1oan 4s
        2cker 3us 2ft 2l 2ndon 2tte 4o 2ve 1pl 3financial 1r 1s 1t 2d 3a 1u 2ndbeck 2pin 2xe 3ury 1v 1y 0ma 2cys
        2drid 2if 3son 2keup 2n 3agement 3go 2p 2rket 6ing 6s 3riott 3shalls 2serati 2ttel 1ba 1c 2d 3onalds 2kinsey
        1d 1e 2d 3ia 2et 2lbourne 2me 3orial 2n 3u 2o 2rckmsd 2tlife 1f 1g 1h 1iami 2crosoft 2l 2ni 3t 2t 3subishi
        1k 1l 2b 2s 1m 2a 1n 1o 2bi 4le 5y 2da 2e 2i 2m 2nash 3ey 3ster 3tblanc 2par 2rmon 3tgage 2scow 2to 4rcycles
        2v 3ie 4star 1p 1q 1r 1s 2d 1t 2n 2pc 2r 1u 2seum 2tual 4elle 1v 1w 1x 1y 1z 0na 2b 2dex 2goya 2me 2tionwide
        3ura 2vy 1ba 1c 1e 2c 2t 3bank 3flix 3work 2ustar 2w 3holland 3s 2xt 4direct 3us 1f 2l 1g 2o 1hk 1i 2co 2ke
        3on 2nja 2ssan 5y 1l 1o 2kia 2rthwesternmutual 4on 2w 3ruz 3tv 1p 1r 2a 2w 1tt 1u 1yc 1z 0obi 2server 1ff
        3ice 1kinawa 1layan 6group 2dnavy 2lo 1m 2ega 1ne 2g 2ion 2l 3ine 2yourside 1oo 1pen 1racle 3nge 2g 3anic
        2ientexpress 3gins 1saka 1tsuka 2t 1vh 0pa 2ge 2mperedchef 2nasonic 3erai 2ris 3s 3tners 4s 4y 2ssagens 2y
        1ccw 1e 2t 1f 2izer 1g 1h 2armacy 2d 2ilips 2one 3to 5graphy 5s 2ysio 1iaget 2cs 3tet 4ures 2d 2n 3g 3k
        2oneer 2zza 1k 1l 2ace 3y 4station 2umbing 3s 1m 1n 2c 1ohl 2ker 2litie 2rn 2st 1r 2america 3xi 2ess 2ime 2o
        3d 4uctions 3f 3gressive 3mo 3perties 7y 3tection 2u 3dential 1s 1t 1ub 1w 2c 1y 0qa 1pon 1uebec 3st 1vc
        0racing 2dio 2id 1e 2ad 3lestate 4tor 5y 2cipes 2d 3stone 3umbrella 2hab 2ise 5n 3t 2liance 2n 3t 4als 2pair
        3ort 3ublican 2st 4aurant 2view 6s 2xroth 1ich 4ardli 3oh 2ghtathome 2l 2o 2p 1mit 1o 2cher 3ks 2deo 2gers
        2om 1s 2vp 1u 2gby 2hr 2n 1w 2e 1yukyu 0sa 2arland 2fe 4ty 2kura 2le 3on 2msclub 4ung 2ndvik 7coromant 3ofi
        2p 3o 2rl 2s 2ve 2xo 1b 2i 2s 1c 2a 2b 2haeffler 3midt 3olarships 4ol 3ule 3warz 2ience 2johnson 2or 3t 1d
        1e 2arch 3t 2cure 5ity 2ek 2lect 2ner 2rvices 2s 2ven 2w 2x 3y 1fr 1g 1h 2angrila 3rp 3w 2ell 2ia 3ksha 2oes
        3p 4ping 3uji 3w 4time 2riram 1i 2lk 2na 3gles 2te 1j 1k 2i 3n 2y 3pe 1l 2ing 1m 2art 2ile 1n 2cf 1o 2ccer
        3ial 2ftbank 4ware 2hu 2lar 3utions 2ng 3y 2y 1pace 2iegel 2ort 3t 2readbetting 1r 2l 2t 1s 1t 2ada 3ples 3r
        4hub 3tebank 5farm 4oil 2c 3group 2ockholm 3rage 4e 2ream 2udio 4y 2yle 1u 2cks 2pplies 5y 4ort 2rf 3gery
        2zuki 1v 1watch 2iftcover 3ss 1x 1y 2dney 2mantec 2stems 1z 0tab 2ipei 2lk 2obao 2rget 2tamotors 4r 3too 2x
        3i 1c 2i 1d 2k 1eam 2ch 4nology 2l 3ecity 4fonica 2masek 2nnis 2va 1f 1g 1h 2d 2eater 5re 1iaa 2ckets 2enda
        2ffany 2ps 2res 3ol 1j 2maxx 2x 1k 2maxx 1l 1m 2all 1n 1o 2day 2kyo 2ols 2p 2ray 2shiba 2tal 2urs 2wn 2yota
        3s 1p 1r 2ade 4ing 3ining 3vel 6channel 6ers 9insurance 2ust 2v 1t 1ube 2i 2nes 2shu 1v 2s 1w 1z 0ua 1bank
        2s 1connect 1g 1k 1m 1nicom 3versity 2o 1ol 1ps 1s 1y 1z 0va 2cations 2na 3guard 1c 1e 2gas 2ntures 2risign
        3sicherung 2t 1g 1i 2ajes 2deo 2g 2king 2llas 2n 2p 2rgin 2sa 3ion 3ta 5print 2va 3o 1laanderen 1n 1odka
        2lkswagen 3vo 2te 3ing 3o 2yage 1u 2elos 0wales 3mart 3ter 2ng 4gou 2rman 2tch 5es 1eather 7channel 2bcam
        3er 3site 2d 3ding 2ibo 3r 1f 1hoswho 1ien 2ki 2lliamhill 2n 3dows 3e 3ners 1me 1olterskluwer 2odside 2rk 4s
        3ld 2w 1s 1tc 2f 0xbox 1erox 1finity 1ihuan 2n 1peria 1xx 1yz 0yachts 2hoo 2maxun 2ndex 1e 1odobashi 2ga
        2kohama 2u 3tube 1t 1un 0za 2ppos 2ra 1ero 1ip 3po 1m 1one 1uerich 1w
        """

    /// Those of other scripts.
    static let other: StaticString = """
        vermögensberater vermögensberatung ελ ευ бг бел дети ею католик ком мкд мон москва онлайн орг рус рф сайт
        срб укр қаз հայ קום ابوظبي اتصالات ارامكو الاردن البحرين الجزائر السعودية العليان المغرب امارات ایران بارت
        بازار بيتك بھارت تونس سودان سورية شبكة عراق عرب عمان فلسطين قطر كاثوليك كوم مصر مليسيا موبايلي موريتانيا
        موقع همراه پاکستان ڀارت कॉम नेट भारत भारतम् भारोत संगठन বাংলা ভারত ভাৰত ਭਾਰਤ ભારત ଭାରତ இந்தியா இலங்கை
        சிங்கப்பூர் భారత్ ಭಾರತ ഭാരതം ලංකා คอม ไทย ລາວ გე みんな クラウド グーグル コム ストア セール ファッション ポイント 世界 中信 中国 中國 中文网 企业 佛山
        信息 健康 八卦 公司 公益 台湾 台灣 商城 商店 商标 嘉里 嘉里大酒店 在线 大众汽车 大拿 天主教 娱乐 家電 工行 广东 微博 慈善 我爱你 手机 手表 招聘 政务 政府 新加坡 新闻 时尚 書籍 机构
        淡马锡 游戏 澳門 点看 珠宝 移动 组织机构 网址 网店 网站 网络 联通 诺基亚 谷歌 购物 通販 集团 電訊盈科 飞利浦 食品 餐厅 香格里拉 香港 닷넷 닷컴 삼성 한국
        """
}
