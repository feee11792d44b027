// Made by tools/embed-vader from the files of vaderSentiment 3.3.2; do not edit. Their licence:
//
// The MIT License (MIT)
//
// Copyright (c) 2016 C.J. Hutto
//
// Permission is hereby granted, free of charge, to any person obtaining a copy
// of this software and associated documentation files (the "Software"), to deal
// in the Software without restriction, including without limitation the rights
// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
// IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
// FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
// AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
// LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
// SOFTWARE.

extension VaderLexicon {
    /// Words of positive valence: a line has a valence, then words.
    static let positiveWords: StaticString = #"""
        0.1 0-8 :-o >;) aboard acquits amorists amorphously amortises backed backing boldfaces boldfacing boreen brooding
        0.1 commits creatin defenseman defensibly defensive dwelling faille freeholders funnel funneled funnelling graticule
        0.1 harmonicas heron heronry keens killick lamedh lamellas libertarianisms libertarians lobby lousewort lowriders
        0.1 matter matters misericorde nasturtiums oversimplifies panicled paniculate peculiarities perfectionists piqued
        0.1 pressurized pressurizer prevent prevented reach repressurized repressurizes retained richweed screwdrivers
        0.1 screwlike securitizations shittah sigh sillimanite silly smartweeds solemnifying stealthily strongyls stuns
        0.1 successions tenderize tenderized thrillers toughen toughened tranquillizes tricking trickled warstle weaponless
        0.1 wellhead whitewash wisecrackers withdrawal
        0.2 affronted amazonite amazonstones amoretti amortizations apologising apology ayc bashfully benignly boreens
        0.2 calmodulin champaign champignons compelled contend crazes creatine delicate determinableness determinant
        0.2 discounted dominantly dominants dominates dumbwaiter dynamiting escaping excitonic exhaustless foehns foetus
        0.2 foetuses freeway freewheeler freeze geekier graticules gratins gratis grey impressionable infatuated isolatable
        0.2 joysticks lamellibranch laughable libertinage nastic neath numbat opportunisms opportunist oversimplification
        0.2 overwhelmed radians reaches relentless resentencing securitization sentences sillimanites smartweed smugly
        0.2 startlements stealthiness strongyles supremacy swears teashops teaspoon teaspoonful tenderization tenderometer
        0.2 tenderometers tragicomedy tranquil trickles vitalism warmblooded welly
        0.3 (;< *-) amorettos amorphousness amusia aug-00 authority awaits boldface challenge challenges champertous
        0.3 charmeuse clears comedo committing convincers defenders diviner diving dweller dynamometer dynamometers
        0.3 dynamometric dynamos easel energetics excitative exciton excuse explorations flatterers freeboard freemasonry
        0.3 freestyles freewheeled fumeless hail hurtless intense keened landmark lowercase mandatory number opportunists
        0.3 oversells passionflower pensive pls plz pmfji prevents prickets prizefights safetyman screwbean screwdriver
        0.3 securitize sentence shakers slickest smilaxes solemnify solemnities solemnize startling strongboxes surprisers
        0.3 teas teaspoonsful tenderizes tenderizing tolerances toughnesses tranquilize trustees verdicts victimology
        0.3 vindicate vitalist vitalists want welladay whimsical wiseguys }:-)
        0.4 >:) admitted anticipation apologised apologize await beauticians benefice beneficiation brights bwahaha bz
        0.4 challengers champignon charmeuses cleared creatinine darings defence defenceman defender defensibility
        0.4 delicatessen delicatessens demonstration dumpling dwelled dynamiters easements enthral exempt expands fantastico
        0.4 flagship flatter flattery flirtiest freelancers freelancing freesia freesias freestyler fumet funnels fysa
        0.4 gracilis gratin importancies isolationism kidding legally libertarianism libertines longings meritocrat
        0.4 nasturtium numbles opportunism painlessness passionflowers pretending prizefighting profiterole promisors radian
        0.4 reached resolvents safes sentimentalising sentimentalisms sentimentalizations slicker speculative stealthiest
        0.4 suprematists suretyships teaspoonfuls tenderizer tenderloins thriller tolerantly treasurers treasurership
        0.4 trivially trustor vigorishes vigorousness vigours warmouth warmup welled wellies wisents yoyo }:)
        0.5 3:) [-; adorns ambivalent amortise amortizable assuror calmatives carefully challenger champagnes champaigns
        0.5 champers commitments contender creationists daredevil defense devotees divinise dwell escapes excitor exclusive
        0.5 extends feeling fervid flirtatious freehand freeholder freewheel freewheeling funnelform harmonicist herons
        0.5 idealogues impressionisms impressionists impressments joker keener laidback launched legal lowe outmaneuvered
        0.5 panicle popularises profiteers profiteroles reliant soothed stronghold strongmen supremacist teaspoons tendered
        0.5 tranquillities treasurer triumphalist troubleshoots trusteeship unequaled vigorously wellheads wellsite yearning
        0.5 zealous
        0.6 *) ;] activeness amoretto amortization amortizes benignancy blamelessness brisk careful challenging comedienne
        0.6 contestable convincer crediting defencemen delicates dignitaries dominatrixes dynamometry dynamotor emotional
        0.6 engagements engrossed fighter flatters flirtatiousness flirters flirty freewheels giggler gn8 graciles greets
        0.6 guiltlessness harmonica honoraria humoral idealising impressure indestructible infatuation intellection
        0.6 intricate invite joyridden keeners meritocracy methodical mmk nerdiest numberable peculiar peculiarity perfectas
        0.6 rapture ratified scoop securers slap smilax solemnizes solid strongyl surpriser tenderer tendering tenders
        0.6 tensionless trusteeships verdict vested victimless vitalised warming wishes worshipper
        0.7 ;-] adopt adopts amazon amusable assets assurors blameless casually champing cleaner competitive convinces
        0.7 convincingness creationism defenses dynamite escape excelsior extend favoritism favoritisms flirts freeboards
        0.7 freedmen freehold freelanced freelances freemasonries freestyle freeware fumer growing guiltlessly heronries
        0.7 honorarium idealists ijs inquisitive iou isolationist joyrider joystick longingly offenseless partiers peaceniks
        0.7 perfectionistic pmji privileging profiter raptures relaxants resolved resolvent resolver resolves securitizing
        0.7 sentimentalists smarted solemnization solutions spirit stout strongbox strongman surprisals tenderheartedness
        0.7 toughed tougher troubleshooting vigilant worshipful
        0.8 ;d acquit activenesses admit adorned adornments adventuress agrees amortized amortizing amusingly apologises
        0.8 bargain brilliantine casual chances chuckler crazyweed creationist debonair defensible determinate
        0.8 determinations divined divines dominance doubtlessness entrusted excitons fine flawlessly flirting freebased
        0.8 freebases freestylers freewheelingly freewriting fyi giggles glamourize guiltless harmlessness harmoniums
        0.8 idealisms idealogy ideals important impressible impressionism inspirits intact intellections intellectively
        0.8 intellectualists intellectualizing invigorated jho joyrides jp livelihood nurturers palatableness passive
        0.8 peacenik playing pmbi prizers profiteer promisee radiancies reaching recommended retreat richens safelights
        0.8 sentimentalised sentimentalist sentimentalize sentimentalizing significant sillies silliest smug solemnly solve
        0.8 substantial succession superiorities supremacies swift top tranquillest tranquillizing treasury troubleshoot
        0.8 troubleshooters unbelievable urgent vitalizations warmups worshippers xtc
        0.9 ;) acceptations adequate adorn adorners adventurers allow appeased appeases assurer attractancy audacious
        0.9 awarder benignities blamelessly boldnesses buoyant certainties cheerleader clarifies compassionateness
        0.9 compelling consent decisive determinable determinably determinatives divining doubtless dynamists dynamitic
        0.9 energies exhaustlessness exploration fad flexible freeform graced grants grins hailed harmonicists harmonium
        0.9 harmonizations hhok humoresques impression impressions innocenter intrigues jk jokesters joking joyriding jt
        0.9 libertarian livelihoods lown loyalisms musm okay opportunistically optimizations pardoned perfectiveness
        0.9 perfectives popularizations prepared profitwise promissory raptured recommends romanticized sentimentalities
        0.9 spark stimulate stimulated straight successional successively successor surprised surprises tendernesses
        0.9 terrorless toughening treasuries triumphalists validated vigour virtuosi visions warm wilco wiselier wishing
        0.9 worshipers worth
        1.0 :p ;-) >:p [; abilities acquitted adorning advanced advantage alright amazonstone amoristic appeasing
        1.0 beneficiate bffn brightener brighteners certainty champed champy chance cleverish comprehensive conciliate
        1.0 consents convince created cutesie dearies delicately determinacy dream easing endorsed engagers engages
        1.0 entertainers excitableness exonerating favors flatteringly flexibilities freeholds freers freethinker
        1.0 freethinkers freewill frisky fulfills gigglier giggly gracioso granted guarantee harmless heroicomic honorariums
        1.0 immortal impressionist interests j/w jhomf jj jokes joyrode justifiably keenly loyalism luckiness magnification
        1.0 neater plays pleasers poised popularizers pressureless prizefighter prizer promisor readiness relaxant
        1.0 relaxations relievers resolvable richening sentimentalism sillier steadfast stimulates strongholds
        1.0 successiveness superiors surefire surety troubleshooter trustee trusties vigors virtuose vision warmers wells
        1.0 worshiper worshiping wowsers wp
        1.1 (* (; :-, acceptability accepted actives agreed agreements amuser appease apprehensible assurers attachments
        1.1 beneficed benefices benignantly brightwork calmative certain chic chuckles chucklesome committed conciliated
        1.1 conciliates consolable create creates creation creationisms definite desired determinateness determinative
        1.1 determinator devotements divinations dynamics energy engager ensuring entitled excitatory faultlessness
        1.1 fearlessly fearlessness fervent fitness forgive forgiveness freedman freelancer freer freestanding freethinking
        1.1 gigglingly god grandee greeted grinned grinner gt happing helpers heroicomical humor humoured increased
        1.1 innocents invigorator jokey joyride lenient loyalists meriting meritocrats merrythought neatens neats outreach
        1.1 painlessly palatably partyers popularised profitabilities profitability promisees radiances relievable resolute
        1.1 respectiveness safeguarding safelight salient securement sentimentalized sentimentalizes significance smarty
        1.1 sociability solved solves strongly successionally successive successors supporter surprise surprising tnx
        1.1 tolerant txs vigor visioning vitalise vitalises vitally vitals warmed warms well willingness worshipfully yolo
        1.2 ,-: absolve admiralty admits adventurer adventurists alert amorino attachment attractor attractors avid awardees
        1.2 beautician benevolentness blithe bolder champagne championed cheerio cheerleaders cheerleading cheerleads
        1.2 chuckled chucklers chucklingly comedians comforters commit convivial creating creditableness d: determinately
        1.2 devotional devotionals diviners doubtlessly dynamical dynamisms eased excitability excitants festivalgoers
        1.2 flatteries forgivers freeborn freedoms freelance frees gg glamorising glorioles gn gracility grandees hago
        1.2 heavenwards helping humored humoresque humorist hurraying idealize immune impressibility inspirators
        1.2 intellectualized intelligibly invigorations invigorators jaunty jocular join joke laughableness laughably
        1.2 libertinisms lucking magnifications neaten nicety ok opportuneness outgoing painless pardons partyer perfective
        1.2 playfulness popularising promisingly prospect prospects radiants relaxins respectableness restore restores
        1.2 restoring romanticizing securities sentimentalise sentimentality sentimentalization share shares singleminded
        1.2 sociabilities solidarity sparkling stable stamina succeeder supportive surer surprisingly surviving swiftly
        1.2 tenderers tolerance tranquilly treasure treasurerships trustors usefulness vital vitalities vitamin warmer wiser
        1.2 worship yeah yep
        1.3 (-* (-; :-) :?) =p [: ability absolves acceptable acceptableness acceptation accepts achievable acquitting
        1.3 actively admiral adorner adornment adventure adventured adventuresomeness adventurously agreeablenesses amusers
        1.3 apologized assures assurgent attractant awarders benign benignity bolds boosts calm calmly calms comfortableness
        1.3 competent conciliating cool curious cutely desirable desirous eases easygoing embrace endorse endorsement
        1.3 entertain expand fair faithed fan fantasticalness favorer favouring festivalgoer flattering flexibly freebee
        1.3 freebees freedwomen fresh funnies funnymen gl glamorise gracing granting gratify greet harmonies harmonised
        1.3 heros honorers huge humorists idealizer importantly improvements improvers incentives increase inspirited
        1.3 intellectualistic inviting invulnerable joked joyriders kewl laoj leet meaningful meritoriously nbd neatening
        1.3 neatness novel nurturances optimally optimistic original pardon perfectionism perfecto pleasantries please
        1.3 popularization popularize pray profited prominent promise promiser protects radiantly redeemed reliefs relievo
        1.3 rescues respectfulnesses respects responsible riskless romancer romances romanticises romanticists secures
        1.3 securing sentimental shockproof smartie sok solution soothing sparkles spirited strengthen succeeders supported
        1.3 supremos sure surest sureties trustier truth vitality vitalizing wises wisewomen youthful
        1.4 0:-) ;^) ^<_< advantaged adventures adventuresses adventurist adventurous agreeing applauds assurance assurances
        1.4 assure assuredness attractants badass benefic benevolently boosting brightnesses certainly charitably chuckling
        1.4 clevernesses contented contentedness creditabilities daringness delectables determined devote diamond dignities
        1.4 dynamist easefully easily endorses engage engaging enthusiasts excited exciters exultantly favorers flexibility
        1.4 forgave forgivingly freehanded funnyman g1 gains gentler gigglers giver giving gladly glamors ha harmlessly
        1.4 harmonising harmonizing heavenward helper hho1/2k highlight honorary honorific humerous idealise idealizations
        1.4 idealizing importancy innocent innocently intellectually intelligible irresistible j/p j4f keenness lawl m8
        1.4 magnificoes meditative merited motivation neatly np ntmu nurture openness partied partier perfecta perfecters
        1.4 play played popularizes prays pride promotes proudhearted radiance radiancy reassurances reassure relaxers
        1.4 relievedly resolvers respectively restored revive robust safeguards safekeeping secure securely secureness
        1.4 securitized security shared solving strengtheners superiority tenderest thks validates validating value valuing
        1.4 vitalizes warmish welcomed welcomer wellsprings worships worthwhile
        1.5 (-:o (^: (^; 0:-3 5fs :-p absolved acceptably admirals admires advantageous advantages adventurism affectionally
        1.5 affections agree amusement amusements apologizes applauded appreciators asset assured attract beneficences
        1.5 boldly boldness boosted brightens brightly calmer charminger cheerled comedy comfort contentment courtesy
        1.5 coziness creatively credited credits cutesier cuteys cutie d= daring devotement dynamically dynamistic eager
        1.5 ease easeful easygoingness efficiency elation encouraged encourager encouragers energizations engagingly
        1.5 enthusiast excitabilities excitable ez fantasticate festivals fiestas fit freehearted freemen giggled giggling
        1.5 gloriole grant gratifies greater grinning harmonics harmonizes honoraries humoristic idealities importance
        1.5 impressionistic incentive inspiratory intellectualization intellectualize intellectualness intelligencer
        1.5 intelligentsia intelligibility intelligibleness interestedly invigoration jewel jokester keen kissers kk like
        1.5 loyalist mercy natural niceties nurtural o:) opportunely optimal optimizer perfectible perfectionist pleasanter
        1.5 popularizing praying privilege promised promoting ready reassurance reassures recommend relaxedly relaxes
        1.5 relieve reliever relieves relieving responsive restful romanticization safeguarded safeness safeties
        1.5 satisfactoriness satisfactory scrumptiously securer sincerities smartened smartens smartly smartnesses smile
        1.5 smileys sociableness soothe supportiveness supports surefootedness surprisal survivor sympathy tenderhearted
        1.5 thank thrill thrills thx tranquilities tranquilness truer trustfully tx validate vigoroso virtues vitalized
        1.5 warmness wealthy wellspring wised
        1.6 (-: (o: *<|:-) *^: 0;^) =] absolving accept acceptabilities acceptant accepting admiralties admirations admiring
        1.6 adores advantageousness advantaging agreeably alive amorist amusing apologise appreciativeness assuredly
        1.6 assuring astonished beaut benefits blessedness bold boldest brighter brightness calmed calmest calmnesses
        1.6 capable captivated charitablenesses cherish clear comedian comediennes commitment compassionated compassionates
        1.6 compassionating convincingly creations creativity credit d-: darlingly dear delighting devotedly devotee devotes
        1.6 divinatory dynamic dynamism eagerly eagers easement easiness efficiencies elegancies enchanted energization
        1.6 ensure entertainer enthuse exonerates favorably favourer favourers flattered focused foolproof forgivably
        1.6 forgiven freedwoman freeness freest friendships funninesses gained glamorization glamorizers glorifiers graces
        1.6 gratification gratified greeting grinners growth harmonized harmonizer harmonizers helps holidays honourers
        1.6 hoped hopefulness huggable hugger humorous humors idealist impressionistically innocence innovation integrity
        1.6 intellectuals intelligencers intelligences j/k jw kissed liveliness lts luckie lucks lylb merrythoughts motivate
        1.6 niceness nurturance o;^) opportunities optimisation optimises optimists optimization palatable partying
        1.6 passional peacekeeper peacekeepers peacekeepings perfects picturesque playfully popularise popularities
        1.6 positivism prettied privileges profitably profiting promisers promises promote protect relaxer relieved
        1.6 relishing resolve resolving respecters revives rewarder safeguard satisfactorily securitizes smarts sociably
        1.6 stressless stresslessness stronger stunning surefootedly thoughtful tranquilest trustily trustiness trustingly
        1.6 trustingness ty unified untarnished vindicates vitalization vitalize welldoers welling wiseliest worshipfulness
        1.6 worshipping xp xqzt yvw
        1.7 8-d :-* [= acceptances accomplishes active admirers adorer adventuresome adventuristic amuse amuses amusive
        1.7 appreciate appreciations appreciatory approves astound attracts awarded beautifier beautifiers beauts
        1.7 beneficialness benefitted benevolence blessedly boost calming calmness carefree charitable charm cheerer
        1.7 cheerlead chuckle clarity clean clearly comedic comedies comforting comfortingly compassionately complimentarily
        1.7 compliments convinced convincing creativities creditably definitely desire determination devoted dignity
        1.7 divination dreams eagerness efficiently empathetic energizers engaged enlightens entertained enthuses
        1.7 exhilarating fantasticality favor favorited flirtation forgivable forgiver forgives freed freeman freenesses
        1.7 friended funnier gallant gga giggliest givers glamorize gracile grander hardy harmonize harmony healthy heavens
        1.7 help hilarious holiday honorer honorifics hopefully hugged humouring idealism idealistically impressiveness
        1.7 intellective intellectualities intellectuality interested interesting interestingly j4g jollities justified
        1.7 kisser laugher laughers liking livelier livelong meritoriousness merits merrier merrymakers neatest nifty
        1.7 nurturant opportune optimised optimising pardoning parties party peaceable peacemaking pleaser pleases
        1.7 positivists pretties promising rapturous reassured reassuring reinvigorating relaxin respectably respectfully
        1.7 romancers romantic romanticise romanticised safest secured sincere smart smartening smarties smiler smiley
        1.7 special splendiferousness strengths strongish support terrifically thoughtfully treat trusting truthfulness
        1.7 valuableness values virtuosa warmest warmly welcomes wish x-p yeees yes
        1.8 accomplish admirer adored adventurousness affectioned agreeable agreeableness amorous amused amusingness
        1.8 applause appreciatively approved astounded astounding attracted attractions attractiveness awardee beatific
        1.8 beautifies beneficiaries bless cared championing champs charity cheerers comfortably comforted complimented
        1.8 creativeness creditable cutes dearly deliciousness devotions dignify divinities easier easiest efficient
        1.8 elegances encouragement energetically enjoyably entertainment excitant excitation excitations exonerate
        1.8 exonerated faith faithfully faiths favored favoring favorites favoured favours ff foaf forgivingness freebie
        1.8 freebies friending friendlily fulfilled funniness funning gaining generously genial gentlest giggle glamorised
        1.8 glamorizing grace gratefuller gratifications greetings hahas harmonic harmoniousness harmonise helpful heroines
        1.8 honesties honourer hopes hoping huggers hugging hurrayed idealistic idealization idealized ideally improver
        1.8 improves improving inspiring inspiriting intellects intellectualizes interestingness jollity kiss kissy
        1.8 lighthearted liked likes livelily lmbao lol lucky magnifico marvel mature merit nice once-in-a-lifetime
        1.8 opportunity optimisations optimizes peaceableness perfecter perfectibility popular popularizer popularly
        1.8 positivisms powerful proactive progress promoted qt reassuringly reinvigorates rescued respectabilities
        1.8 respective romantically romanticize romanticizes rotglmao safer safety satisfied satisfies saved sharing
        1.8 sincereness sparkle strengthened strengthener succeeded sunny talent tenderly tenderness thankfully tranquility
        1.8 tranquillity treasures true trustworthiness truths united usefully vindicated virtue virtuosas virtuosos
        1.8 virtuously vivacious warmhearted wellborn winnable winned wisely woot yw {:
        1.9 (-:|>* (^;o *: 0:) 0:03 8) <3 accomplished advantageously affectional affectionate agog agreeability
        1.9 appreciating attractive awarding beautification beneficial benefitting benevolences better blessers braved
        1.9 braves bright brighten brilliants championship charitableness charmer charms cheerfuller cherishers classy
        1.9 comforter commend commended complimentary considerate contentedly creative creditability creditworthiness
        1.9 cutenesses dearer dears deary deliciously dignitary easy effectively elegantly encourages energetic energising
        1.9 enjoyable enjoyableness entertaining entertainingly enthusiasm enthusing esteemed excitements exciter excitingly
        1.9 faithful faithfulness fame fave favour fearless fond fondly forgiving fortunate freely friendship fulfill
        1.9 funnily funny gallantly gentle gift glamours good hak handsomely harmoniously harmonization helpfulness
        1.9 heroizing hi5 honester honorarily hope hurrahed ideality idealizers impress improve influential innocency
        1.9 innovative inspirator inspires inspirit intelligential invigorate jovial keenest kissably laughings lively
        1.9 loyalties lucked luckier n1 nicely nicer nurtured nurturer nurtures optimality optimise peacefuller playful
        1.9 pleased pleasurability pleasures popularized positivistic praiseworthily preciousness privileged profit
        1.9 profitable profits protected proudful reinvigorated rejoice relax respectable respectfulness rewarders richened
        1.9 richly romanticist romantics safe satisfaction satisfiable satisfyingly sentimentally smarten sociable
        1.9 splendiferously stimulating strongest sunshiny supporters supporting supremo surefooted surely thanked
        1.9 thankfuller thanks thoughtfulness thrilled tranquiler triumphalisms truest truly truster truthfully urw useful
        1.9 valued welcomely welcomers welcoming wellness wiseness worthy
        2.0 (^;0 :) :c) =-3 acceptance amorousness aok applaud attraction awards benefit blesseder braveries breathtaking
        2.0 brilliantines carefulness cares charmed cherishable cherishing clever cleverer compassion cute cutiepie dearness
        2.0 dedicated delighter delights devotedness devotion dignifies encouragingly energizing engagement enjoyments
        2.0 enthused enthusiasms excel fab fantastical fascinates faultless faultlessly fav favorite festive friendlier
        2.0 friendliness ftw gently gj glad glamourous glorification goodness graceful grand grateful gratifyingly gratz
        2.0 haha handsomer harmonious heroized hhoj honestly hugz humourous idealises idealizes impressively improvement
        2.0 innovates inspirers intellect intellectualist intelligent intelligently interest invigoratingly j/j jewels
        2.0 jollies jollifications kindness kissable l laughed likeable luck lulz marvels merriments mirthfully mml
        2.0 motivated neat neatened noble nurturing o:-) optimisms optimized optimizing passion peaceably peacekeeping
        2.0 peacemaker pleasantry positivist praiser praisers prizes rejoiced relaxedness respectful rewardable romancing
        2.0 romanticizations satisfy satisfying serene sincerer sincerest smarter smartness smiling splendors sprightly
        2.0 strengthens suave sureness sweet talents thankfullest thrillingly triumphal triumphs truthful virtuoso
        2.0 virtuousness warmth wealthily welcome welcomeness wows
        2.1 ((-: (-;| (?: *-: 10q 1337 2qt :> :^) :o) :} <: =3 >_>^ @>-->-- admire adorably adorers amazedly ambitious
        2.1 applauding approval ardent astoundingly astounds attracting attractivenesses beautified beautifuler beneficiary
        2.1 brightened champ charmers cheerfully cheerfulness cheers comedically comforts compliment confidently
        2.1 courageousness cutesy cutey daringly delightedness delightfulness devoting dignifying effective elegance
        2.1 elegancy elegant encouragements energised energize energizer energizes excite excites fantasticalities
        2.1 fascinated favorable festivities fiesta freeing friends glamor glamorises glamorized glamorously glories
        2.1 gorgeousnesses grandeurs gratefully grin harmonically heartwarming heroize honoree honourable honouring hug
        2.1 humoring humour hurrahs idealised impressed impresses improved inspirations inspiritingly intelligence
        2.1 invigorates invigorating jollify liveliest loyal loyally medal meritorious nicenesses o/\o okays optimistically
        2.1 optimizers peacefulness peaces peacetimes perfectibilities perfectively pleasantly popularity prettier
        2.1 prosperous proud radiant rejoices relief respect respected respecter rewards richnesses roflcopter romanticisms
        2.1 satisfactions scrumptious sincerely slaw smiles splendidly sweeties sweetly terrific thankfulness thrilling
        2.1 treasuring triumph trueness trustability trusted trustful trustfulness trusts valuable valuables vbg virtuosity
        2.1 vitalising vwp winners wise wisest woo wtg
        2.2 ('-: (: (= --<--<@ :] ;-* =) @}-;-'--- \o/ admirableness adorability adorable adorations affectionately
        2.2 agreement amazed amazements amazes amusedly attractively beneficently benignant blessing bravery care caring
        2.2 championships charities charmingly cheeriest cherisher cherishes compassionate confident congratulate courage
        2.2 cutesiest cuties darlings dearie devotionally dignified energise energises enjoy enjoyer enjoyers enlightened
        2.2 enthusiastic excelled excitement exciting fascination favorableness festival festively festivity friend
        2.2 friendlies friendly funner glorifies gracefuller gracefulness gratefulness hagd hagn hand handsome heroisms
        2.2 heroizes honesty honor honorability honorableness honorifically honoured honours hugs innovate inspired inspirer
        2.2 intellectualism invincible jollification joys kinder kindly kmuf l&r laughing laughs laughter laughters lovelies
        2.2 merriness merrymaker merrymaking motivating nh nicest o:-3 optimize passions peaceful peacetime perfectivity
        2.2 positivenesses praised preciously pretty prouder reinvigoration relaxed relaxing respecting rewarded richness
        2.2 romanced romanticism safely save splendorous splendour splendours splendrous strength strengthening succeed
        2.2 succeeding succeeds successfully sunshine superiorly supremest sweetie sweetness sweets triumphed trustiest
        2.2 trusty virtuosic w00t wealth wealthier wealthiest |;-)
        2.3 (': *\0/* ---'-;-{@ :') :-d :3 :d =d admired admiringly adventuring amoroso amorously appreciated appreciates
        2.3 appreciation beautify beautifying beloved beneficent bl bravely bravest brilliancies cheer cheered cheering
        2.3 cherished cleverly cleverness comfortable complimenting confidence courageously courteous cuteness cuter
        2.3 darlingness dauntless delighted delightsome divinize earnest ecstasies ecstatic encourage energized enjoyed
        2.3 enjoys enlighten enlightening enterprising entertainments ethical excitedly flawless free fun funned generosity
        2.3 generous glamorous glorified glorifier gorgeously graciously gratifying gratitude h&k heaven heavenlinesses
        2.3 helpfully heroes honest honorees honoring honors hooray hopeful humorously impressive inspirational
        2.3 inspirationally intellectual iyq jolly jollying joyance k4y kfy kindnesses kisses kudos laughingly liberties
        2.3 luckily magnific magnificences muah o:3 passionateness perfecting pleasant pleasantness pleasantnesses pleasured
        2.3 positiveness positiver positivity prize prizewinner reinvigorate rescue revered smilingly splendidness strong
        2.3 sunnier supremeness supremer survived swak sympathetic talented tgif tia tops triumphantly triumphing trust
        2.3 trustable trustworthily valuably vip winningly woohoo xoxozzz
        2.4 (:0 *-; 14aa41 =-d admirability adoringly affection awardable beauties beautifications beneficially brave braver
        2.4 champions charmingest cheerly congrats courageous creditworthy delightedly encouraging enjoying entertains
        2.4 excellencies fabulous fascinate festiveness gain generousness glamorizer glamorizes glamour gloried glorifying
        2.4 gracefully graciousness grandest grandeur handsomeness happier heroically heroics honorably humorousness
        2.4 hurrahing hurrays ideal inspiration jollied jollier joyfuller justice kind liberty lovers magnifical
        2.4 magnifically magnificence merrily merriment merrymakings optimist passionate passionately peacefully peacemakers
        2.4 pleasing pleasurable pleasurableness positively positives praises praiseworthiness prized prizewinners
        2.4 profitableness r&r relaxation respectability rewarding rewardingly richer riches richest sexy sgtm sunniest
        2.4 triumphant vibrant virtuous visionary wealthiness winning wisdom worshiped yay yummy
        2.5 (:o :* aas admirably admiration adorableness amaze amazement award beauteous blessings bonus brightening
        2.5 bwahahah cheerful cheerily cheeriness excellences excellency excelling excels fascinating fondness fwb gla glory
        2.5 heartfelt honorable impressing jolliness joyfully joying lmfao loyalty masterpieces merry mwah optimism peace
        2.5 perfections praising roflmao rotflmfao self-confident smiled superior treasurable tyvm welldoer winnings wowing
        2.5 ywia
        2.6 (8 1432 :^* admirable adore adoring appreciative appreciator b^d beauteously beautifulest beautifulness blesser
        2.6 blesses bonuses brilliancy cheerier cheery cleverest dearest delighters divine enjoyment enthusiastically
        2.6 fantastic friendliest funniest gallantry generosities gloriousness gracious hahaha handsomest happily happiness
        2.6 hero heroic hurrah ily2 inspiringly laugh ly lylas mirth pleasantest pleasurably positive positivities praise
        2.6 praiseworthy proudest proudly ptl remarkable rich romance rotfl securest sophisticated splendiferous successes
        2.6 supreme treasured trustworthy vwd wowed x-d
        2.7 :'-) aayf beauteousness beautifully benevolent bliss celebrate celebrated celebrates celebrating delicious
        2.7 delightfully divinest divinity excellent glorify gr8 happy heavenliest heavenliness heroine honour hurray iluaaf
        2.7 inspire jollily joyfulness kissing lmso lolz loves lovingness ly4e lylab merriest mirthful overjoyed perfect
        2.7 perfected perfection pleasure precious prettiest reward rofl romanticising sfete splendent success
        2.7 successfulness supremely tenderheartedly thankful warmheartedness wd wins won wonderful worshipped
        2.8 (-:0 2g2b4g :-)) alol amazing beauty beneficence blessedest brilliant charming cutest darling delectably
        2.8 delightful ecstatically exhilarates exuberant fabulousness godsend gracefullest heroism honored joy joyousness
        2.8 lifesaver lovely lover loverly miracle pleasuring pukka rejoicing rotflmao sete splendid successful sweethearts
        2.8 tenderheartednesses win winner wow xd
        2.9 8d adoration ambw beautiful bff blessed blissful blockbuster brilliance brilliances champion congratulation
        2.9 congratulations delectable delight divinely ecstasy ecstatics funnest gleeful gloriously gorgeousness heroical
        2.9 jolliest joyed joyful joyously lmao loved loving luckiest magnificent marvelous positivest rotgl soulmate super
        2.9 wonderfully wonderfulness
        3.0 amor brightest brilliantly enrapture exhilarated exultant gorgeous hallelujah heavenlier heavenly honestest
        3.0 jubilant lovable lyb outstanding perfectness prizewinning rotflol smartest splendor sweet<3 xlnt xoxo
        3.1 awesome excellence excellently great joyous lyl masterpiece peacefullest perfectest superb vbs
        3.2 143 best cheerfullest elated euphoric freedom glee glorious greatest happiest heart love lovingly paradise
        3.2 perfectly
        3.3 ecstacy euphoria hearts lya sweetheart
        3.4 aml ilu ily magnificently
        """#
}
