/// Names by kind: of two of one kind, one in the place of the other makes a statement false.
enum NameKinds {
  /// Words that stand before a name without being a part of it.
  static let titles: Set<String> = [
    "The", "In", "On", "At", "From", "To", "And", "But", "For", "Of", "By", "Since", "While", "When", "Is", "As",
    "Both", "With",
  ]

  static let english: [[String]] = [
    [
      "France", "Germany", "Italy", "Spain", "Portugal", "Greece", "Poland", "Sweden", "Norway", "Denmark", "Finland",
      "Austria", "Switzerland", "Belgium", "Netherlands", "Ireland", "England", "Scotland", "Russia", "Ukraine",
      "Hungary", "Romania", "China", "Japan", "India", "Pakistan", "Indonesia", "Thailand", "Vietnam", "Iran", "Iraq",
      "Egypt", "Nigeria", "Kenya", "Ethiopia", "Morocco", "Canada", "Mexico", "Brazil", "Argentina", "Chile", "Peru",
      "Colombia", "Cuba", "Australia",
    ],
    [
      "Paris", "London", "Berlin", "Madrid", "Rome", "Vienna", "Athens", "Moscow", "Warsaw", "Prague", "Budapest",
      "Lisbon", "Dublin", "Amsterdam", "Brussels", "Stockholm", "Oslo", "Copenhagen", "Tokyo", "Beijing", "Shanghai",
      "Seoul", "Bangkok", "Delhi", "Mumbai", "Cairo", "Nairobi", "Sydney", "Melbourne", "Toronto", "Chicago", "Boston",
      "Seattle", "Houston", "Philadelphia", "Miami", "Detroit", "Atlanta",
    ],
    [
      "California", "Texas", "Florida", "Ohio", "Michigan", "Oregon", "Nevada", "Arizona", "Colorado", "Utah", "Kansas",
      "Iowa", "Minnesota", "Wisconsin", "Illinois", "Indiana", "Kentucky", "Tennessee", "Alabama", "Louisiana",
      "Pennsylvania", "Massachusetts", "Maine", "Alaska", "Hawaii",
    ],
    ["Europe", "Asia", "Africa", "Antarctica", "Oceania"],
    [
      "French", "German", "Italian", "Spanish", "Portuguese", "Greek", "Polish", "Swedish", "Norwegian", "Danish",
      "Dutch", "Russian", "Hungarian", "Chinese", "Japanese", "Korean", "Indian", "Turkish", "Arabic", "Egyptian",
      "Mexican", "Brazilian", "Canadian", "Australian", "British", "Irish",
    ],
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["January", "February", "April", "June", "July", "September", "October", "November", "December"],
    ["Mercury", "Venus", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Pluto"],
    [
      "Newton", "Einstein", "Galileo", "Darwin", "Kepler", "Copernicus", "Curie", "Bohr", "Faraday", "Maxwell",
      "Pasteur", "Mendel", "Tesla", "Edison",
    ],
    [
      "Jefferson", "Lincoln", "Roosevelt", "Truman", "Eisenhower", "Kennedy", "Nixon", "Reagan",
      "Clinton", "Obama", "Trump", "Biden",
    ],
    ["Plato", "Aristotle", "Socrates", "Kant", "Hegel", "Nietzsche", "Descartes", "Hume"],
    ["Shakespeare", "Dickens", "Austen", "Hemingway", "Tolstoy", "Dostoevsky", "Orwell", "Twain"],
    ["Mozart", "Beethoven", "Bach", "Chopin", "Vivaldi", "Wagner"],
    ["Google", "Microsoft", "Apple", "Amazon", "Facebook", "Netflix", "Intel", "Samsung", "Sony", "IBM", "Nokia"],
    ["Christianity", "Islam", "Judaism", "Buddhism", "Hinduism"],
    [
      "oxygen", "nitrogen", "hydrogen", "helium", "carbon", "sulfur", "chlorine", "sodium", "potassium", "calcium",
      "magnesium", "iron", "zinc", "copper",
    ],
    ["heart", "liver", "kidney", "stomach", "lung", "brain", "pancreas", "spleen"],
    ["north", "south", "east", "west"], ["northern", "southern", "eastern", "western"],
    [
      "Emma", "Olivia", "Sophia", "Emily", "Sarah", "Anna", "Alice", "Maria", "Laura", "Lucy", "Jane", "Mary", "Lily",
      "Rachel",
    ],
    [
      "John", "Michael", "David", "James", "Robert", "Peter", "Thomas", "Daniel", "Tom", "Bob", "Jack", "Max", "Paul",
      "Alex",
    ],
  ]
  static let chinese: [[String]] = [
    [
      "中国", "美国", "英国", "法国", "德国", "日本", "韩国", "俄罗斯", "意大利", "西班牙", "葡萄牙", "希腊", "埃及", "巴西", "加拿大", "澳大利亚", "墨西哥",
      "泰国", "越南", "印度",
    ],
    ["北京", "上海", "广州", "深圳", "杭州", "南京", "成都", "重庆", "武汉", "西安", "天津", "苏州", "长沙", "青岛", "厦门", "昆明", "哈尔滨"],
    ["巴黎", "伦敦", "纽约", "东京", "柏林", "罗马", "首尔", "莫斯科", "悉尼", "维也纳", "马德里", "洛杉矶", "芝加哥"],
    ["四川", "云南", "广东", "湖南", "湖北", "浙江", "江苏", "山东", "河南", "福建", "安徽", "陕西", "甘肃", "贵州"],
    ["亚洲", "欧洲", "非洲", "北美洲", "南美洲", "大洋洲", "南极洲"],
    ["汉朝", "唐朝", "宋朝", "元朝", "明朝", "清朝", "秦朝", "隋朝"], ["汉代", "唐代", "宋代", "元代", "明代", "清代"],
    ["李白", "杜甫", "白居易", "苏轼", "王维", "李清照", "辛弃疾", "陶渊明"], ["鲁迅", "老舍", "巴金", "茅盾", "沈从文", "钱钟书", "余华", "莫言"],
    ["孔子", "孟子", "老子", "庄子", "荀子", "墨子"], ["爱因斯坦", "牛顿", "伽利略", "达尔文", "居里夫人", "哥白尼", "法拉第"],
    ["英语", "法语", "德语", "日语", "汉语", "西班牙语", "俄语", "韩语"], ["火星", "木星", "土星", "金星", "水星", "海王星", "天王星"],
    ["氧气", "氮气", "氢气", "氦气", "二氧化碳"], ["心脏", "肝脏", "肾脏", "脾脏", "肺部", "胃部", "大脑"],
    ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"], ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    ["春天", "夏天", "秋天", "冬天"], ["春季", "夏季", "秋季", "冬季"], ["春节", "中秋节", "端午节", "清明节", "元宵节", "重阳节"],
    ["微软", "谷歌", "亚马逊", "腾讯", "阿里巴巴", "百度", "华为"], ["钙", "铁", "锌", "镁", "钾", "钠"],
    ["东部", "西部", "南部", "北部"], ["小明", "小红", "小刚", "小丽", "小李", "小王", "小张"],
  ]

  /// Whether what follows makes a longer name of a Chinese one.
  static func isPart(_ rest: Substring, of name: String) -> Bool {
    switch name {
    case "印度": rest.hasPrefix("尼西亚") || rest.hasPrefix("教")
    case "中国": rest.hasPrefix("人民") || rest.hasPrefix("共产")
    case "铁": !(rest.hasPrefix("、") || rest.hasPrefix("元素") || rest.hasPrefix("和") || rest.hasPrefix("等"))
    case "钙", "锌", "镁", "钾", "钠": rest.hasPrefix("化")
    default: false
    }
  }
}
